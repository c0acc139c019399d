#!/bin/sh
# A WebSocket server for one connection, on its standard input and output: says again what it is told, up to 125 bytes at a time.
while read -r line; do
  line=$(printf %s "$line" | tr -d '\r')
  [ "$line" ] || break
  case $line in [Ss]ec-[Ww]eb[Ss]ocket-[Kk]ey:*) key=${line#*: } ;; esac
done
hex=$(printf %s "${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11" | sha1sum | cut -c 1-40)
accept=$(printf "$(printf %s "$hex" | sed 's/../\\x&/g')" | base64)
printf 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: %s\r\n\r\n' "$accept"
while head=$(dd bs=1 count=6 2>/dev/null | od -An -v -tu1) && [ "$head" ]; do
  set -- $head
  size=$(($2 & 127))
  frame=$(printf '\\x81\\x%02x' $size)
  at=0
  for byte in $(dd bs=1 count=$size 2>/dev/null | od -An -v -tu1); do
    eval "mask=\${$((at % 4 + 3))}"
    frame=$frame$(printf '\\x%02x' $((byte ^ mask)))
    at=$((at + 1))
  done
  printf "$frame"
done
