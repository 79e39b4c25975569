#!/usr/bin/env bash
# Reward 1 when the tests are as they were and all of them pass, else 0.
mkdir -p /logs/verifier
echo 0 > /logs/verifier/reward.txt
cd /app || exit 1
sha256sum --check --quiet /tests/unchanged.sha256 || exit 0
python -B -m pytest -q -p no:cacheprovider && echo 1 > /logs/verifier/reward.txt
exit 0
