#!/bin/sh
# Installs resilience4j's circuit breaker from Maven Central into .real-parts/resilience4j and prints the path of
# a launcher that runs Java on it. Needs Maven and a JDK, 17 or newer. Running it again is quick and harmless.
set -eu

version=2.4.0
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/.real-parts/resilience4j
launcher=$folder/resilience4j

installed() {
  [ -x "$launcher" ] && [ -f "$folder/lib/resilience4j-circuitbreaker-$version.jar" ]
}

if ! installed; then
  for program in mvn javac; do
    command -v "$program" >/dev/null || {
      echo "no $program on this machine: apt-get install maven (it brings a JDK)" >&2
      exit 1
    }
  done
  rm -rf "$folder"
  mkdir -p "$folder"
  cat >"$folder/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>meshpulse.test</groupId>
  <artifactId>resilience4j</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.github.resilience4j</groupId>
      <artifactId>resilience4j-circuitbreaker</artifactId>
      <version>$version</version>
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
exec java -cp "$(dirname "$0")/lib/*" "$@"
SH
  chmod +x "$launcher"
  installed || { echo "Maven did not bring resilience4j-circuitbreaker $version" >&2; exit 1; }
fi
echo "$launcher"
