"""The till of a bakery with four tables and one cat."""
