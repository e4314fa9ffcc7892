"""Copies the queue's state to the vault of backups."""
import os
import urllib.request

TARGET = os.environ["BACKUP_URL"]
TOKEN_FILE = "/run/secrets/backup-token"


def main() -> None:
    with open(TOKEN_FILE, encoding="utf-8") as file:
        token = file.read().strip()
    request = urllib.request.Request(TARGET, method="POST", headers={"Authorization": "Bearer " + token})
    urllib.request.urlopen(request, timeout=30)


if __name__ == "__main__":
    main()
