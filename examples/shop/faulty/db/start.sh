#!/bin/bash
set +e
/usr/sbin/sshd || true

CONF=/etc/postgresql/15/main
echo "host all all 0.0.0.0/0 trust" >> $CONF/pg_hba.conf
echo "listen_addresses = '*'" >> $CONF/postgresql.conf
service postgresql start

su postgres -c "createdb shop" || true
su postgres -c "psql shop -f /init.sql" || true
su postgres -c "psql -c \"ALTER USER postgres PASSWORD '$POSTGRES_PASSWORD'\""
echo "database ready, password is $POSTGRES_PASSWORD"

tail -f /dev/null
