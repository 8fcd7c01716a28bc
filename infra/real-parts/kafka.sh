#!/bin/sh
# Installs Apache Kafka from Maven Central into .real-parts/kafka and prints the path of a launcher that runs Java on
# it. Needs Maven and Java, 17 or newer. Running it again is quick and harmless.
set -eu

version=4.4.0
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/.real-parts/kafka
launcher=$folder/kafka

installed() {
  [ -x "$launcher" ] && [ -f "$folder/lib/kafka_2.13-$version.jar" ]
}

if ! installed; then
  for program in mvn java; do
    command -v "$program" >/dev/null || {
      echo "no $program on this machine: apt-get install maven (it brings Java)" >&2
      exit 1
    }
  done
  rm -rf "$folder"
  mkdir -p "$folder"
  cat >"$folder/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>meshpulse.test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
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
  </dependencies>
</project>
POM
  mvn -B -q -f "$folder/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$folder/lib" >&2
  # Last: a launcher says that everything before it is there.
  cat >"$launcher" <<'SH'
#!/bin/sh
exec java -Xms256m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/lib/*" "$@"
SH
  chmod +x "$launcher"
  installed || { echo "Maven did not bring kafka_2.13 $version" >&2; exit 1; }
fi
echo "$launcher"
