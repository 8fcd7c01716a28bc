# Sourced by the scripts of real parts that are written in Java.

# need PROGRAM...: ends the script unless all of them are there.
need() {
  for program; do
    command -v "$program" >/dev/null || {
      echo "no $program on this machine: apt-get install maven (it brings a JDK)" >&2
      exit 1
    }
  done
}

# jars NAME FOLDER: makes FOLDER anew, with the <dependency> elements on standard input, and what they depend on, as jars
# from Maven Central in its lib.
jars() {
  rm -rf "$2"
  mkdir -p "$2"
  cat >"$2/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>meshpulse.test</groupId>
  <artifactId>$1</artifactId>
  <version>1</version>
  <dependencies>
$(cat)
  </dependencies>
</project>
POM
  mvn -B -q -f "$2/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$2/lib" >&2
}
