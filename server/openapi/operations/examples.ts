/** A Dockerfile that builds on any farm. */
export const exampleDockerfile = 'FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y jq\n'
