#!/usr/bin/env bash
# try-executable.sh FOLDER TARGET: unpacks the archive of a release, and runs what is in it on manifests, which takes no Helm.
set -euo pipefail
place="$(mktemp -d)"
tar -xzf "$1"/migrate-lint-*[0-9]-"$2".tar.gz -C "$place"
program="$place/migrate-lint"
"$program" --version
"$program" rules > "$place/rules"
grep -q hook-deadlock "$place/rules"
code=0
"$program" - > "$place/report" << 'END' || code=$?
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-install
spec:
  backoffLimit: 1
  template:
    spec:
      restartPolicy: Never
      initContainers:
        - name: wait
          image: busybox:1.37
          command: [sh, -c, until nc -z db 5432; do sleep 2; done]
      containers:
        - name: migrate
          image: registry.example/shop:1.0.0
          command: [alembic, upgrade, head]
---
apiVersion: v1
kind: Service
metadata:
  name: db
spec:
  selector: { app: db }
  ports:
    - port: 5432
END
cat "$place/report"
grep -q hook-deadlock "$place/report"
test "$code" = 1
