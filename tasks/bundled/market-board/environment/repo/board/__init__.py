"""Die Tafel am Markt: ein Schild für jeden Stand, auf Deutsch, mit Ümläuten."""
