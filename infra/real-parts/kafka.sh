#!/bin/sh
# Installs Apache Kafka from Maven Central into .real-parts/kafka and prints the path of a launcher that runs Java on
# it. Needs Maven and Java, 17 or newer. Running it again is quick and harmless.
set -eu

version=4.4.0
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/.real-parts/kafka
launcher=$folder/kafka

. "$root/infra/real-parts/lib/maven.sh"

installed() {
  [ -x "$launcher" ] && [ -f "$folder/lib/kafka_2.13-$version.jar" ]
}

# Runs one node for a moment, so that Java keeps the classes it loaded: every later start takes half as long.
keep_classes() {
  trial=$folder/trial
  mkdir -p "$trial"
  port=$((20000 + $$ % 6000 * 2))
  cat >"$trial/server.properties" <<PROPERTIES
node.id=1
process.roles=broker,controller
log.dirs=$trial/data
controller.quorum.voters=1@127.0.0.1:$port
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$((port + 1)),CONTROLLER://127.0.0.1:$port
PROPERTIES
  "$launcher" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c "$trial/server.properties" \
    >"$trial/log" 2>&1 || return 1
  "$launcher" -XX:ArchiveClassesAtExit="$trial/classes.jsa" kafka.Kafka "$trial/server.properties" \
    >"$trial/log" 2>&1 &
  node=$!
  until grep -q 'Kafka Server started' "$trial/log"; do
    kill -0 "$node" 2>/dev/null || return 1
    sleep 0.2
  done
  kill "$node"
  # Java ends with the status of the signal.
  wait "$node" || true
  mv "$trial/classes.jsa" "$folder/classes.jsa" && rm -rf "$trial"
}

if ! installed; then
  need mvn java
  jars kafka "$folder" <<DEPENDENCIES
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$version</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
      <scope>runtime</scope>
    </dependency>
DEPENDENCIES
  # Last: a launcher says that everything before it is there.
  cat >"$launcher" <<'SH'
#!/bin/sh
here=$(dirname "$0")
if [ -f "$here/classes.jsa" ]; then set -- -XX:SharedArchiveFile="$here/classes.jsa" "$@"; fi
exec java -Xms256m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$here/lib/*" "$@"
SH
  chmod +x "$launcher"
  installed || { echo "Maven did not bring kafka_2.13 $version" >&2; exit 1; }
  keep_classes || echo "Kafka will start slowly: its classes could not be kept" >&2
fi
echo "$launcher"
