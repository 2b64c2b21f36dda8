#!/bin/sh
# MariaDB, Apache with PHP, redis and nginx, started as their packages' units would, each with clients that are
# connected, hold state, and wait.
set -eu
client=/otherworld/bin/client

wait_for() {
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  echo "ow: note: never true: $*"
  tail -n 5 /var/log/mariadb.out
  return 1
}

# --- MariaDB
install -d -o mysql -g mysql /run/mysqld /run/mariadbd # the older and the newer place of its socket
server=$(command -v mariadbd || command -v mysqld)
setsid "$server" --user=mysql </dev/null >/var/log/mariadb.out 2>&1 &
shell=$(command -v mariadb || command -v mysql)

# --- Apache and PHP
cat >/var/www/html/count.php <<'PHP'
<?php session_start(); $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1; echo "visits: ", $_SESSION['n'], "\n";
PHP
cat >/etc/apache2/conf-enabled/lab.conf <<'CONF'
ServerName localhost
KeepAliveTimeout 100000
Timeout 100000
RequestReadTimeout header=0 body=0
StartServers 3
MinSpareServers 1
MaxSpareServers 5
CONF
apachectl start

# --- redis: what was not saved stays in memory only
mkdir -p /run/redis
chown redis:redis /run/redis
setsid runuser -u redis -- redis-server --port 6379 --save '' --dir /var/lib/redis --daemonize yes >/dev/null

# --- nginx, which shares the machine with Apache
rm -f /etc/nginx/sites-enabled/default
cat >/etc/nginx/conf.d/lab.conf <<'CONF'
keepalive_timeout 100000;
server {
  listen 8081;
  listen [::1]:8081;
  location / { root /var/www/html; }
}
CONF
nginx

# --- the clients
wait_for "$shell" -e 'SELECT 1'
"$shell" -e "CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, what VARCHAR(80)) ENGINE=InnoDB;
  INSERT INTO shop.orders VALUES (1, 'a committed row'), (2, 'another');"
# Its standard input stays open after this script: a sleeping process holds the pipe's other end.
mkfifo /run/otherworld/transaction
setsid "$shell" --unbuffered --skip-reconnect shop </run/otherworld/transaction >/run/otherworld/transaction.out 2>&1 &
exec 7>/run/otherworld/transaction
echo "START TRANSACTION; UPDATE orders SET what = 'never committed' WHERE id = 1; SELECT 'open' AS transaction;" >&7
setsid sleep 1000000 >&7 &
exec 7>&-
wait_for grep -q open /run/otherworld/transaction.out

setsid $client cl-http-apache 80 'GET /count.php HTTP/1.1\r\nHost: localhost\r\n\r\n' &
setsid $client cl-http-half 80 'GET /count.php HTTP/1.1\r\nHost: localhost\r\n\r\nGET /half-a-requ' &
setsid $client cl-http-nginx 8081 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' &
setsid $client cl-redis-multi 6379 'SET kept 1\r\nMULTI\r\nSET never-executed 1\r\n' &
setsid $client cl-redis-sub 6379 'SUBSCRIBE news\r\n' &
wait_for sh -c '[ "$(pgrep -c "^cl-")" -ge 5 ]'
sleep 2
ss -tn state established | grep -q :6379
ss -tn state established | grep -q ':80 '
ss -tn state established | grep -q :8081
