#!/usr/bin/env bash
# Applies the reference fix.
set -euo pipefail
cd /app
git apply /solution/fix.patch
