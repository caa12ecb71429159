# syntax=docker/dockerfile:1
# The image of any service: docker build --build-arg SERVICE=svd-service .
# The first stage builds all of them; it is the same for each image, so it runs once.
FROM eclipse-temurin:17-jdk AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -ntp -DskipTests -pl '!standalone,!integration-tests,!benchmarks' package

FROM eclipse-temurin:17-jre
ARG SERVICE
# Share of the container's memory that the Java heap may take. Native libraries need the rest: all of the stages' work is
# theirs, the orchestrator has none.
ARG HEAP_PERCENTAGE=25
WORKDIR /app
COPY --from=build /src/${SERVICE}/target/quarkus-app/ ./
# State of the orchestrator; a volume that is new takes over whose it is.
RUN install -d -o 10001 -g 10001 /var/lib/millrace
# Native libraries unpack where the root file system is writable even if the rest is not. Idle threads of the tensor
# library sleep instead of spinning. The inference runtime reports nothing about models to anybody.
ENV JAVA_TOOL_OPTIONS="-Dorg.bytedeco.javacpp.cachedir=/tmp/javacpp -XX:MaxRAMPercentage=${HEAP_PERCENTAGE}" \
    OMP_WAIT_POLICY=passive \
    ORT_DISABLE_TELEMETRY=1
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["java", "-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-jar", "quarkus-run.jar"]
