# Makes pytest put this folder on the import path.
