#!/bin/sh
# Installs resilience4j's circuit breaker from Maven Central into .real-parts/resilience4j and prints the path of
# a launcher that runs Java on it. Needs Maven and a JDK, 17 or newer. Running it again is quick and harmless.
set -eu

version=2.4.0
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/.real-parts/resilience4j
launcher=$folder/resilience4j

. "$root/infra/real-parts/lib/maven.sh"

installed() {
  [ -x "$launcher" ] && [ -f "$folder/lib/resilience4j-circuitbreaker-$version.jar" ]
}

if ! installed; then
  need mvn javac
  jars resilience4j "$folder" <<DEPENDENCIES
    <dependency>
      <groupId>io.github.resilience4j</groupId>
      <artifactId>resilience4j-circuitbreaker</artifactId>
      <version>$version</version>
    </dependency>
DEPENDENCIES
  # Last: a launcher says that everything before it is there.
  cat >"$launcher" <<'SH'
#!/bin/sh
exec java -cp "$(dirname "$0")/lib/*" "$@"
SH
  chmod +x "$launcher"
  installed || { echo "Maven did not bring resilience4j-circuitbreaker $version" >&2; exit 1; }
fi
echo "$launcher"
