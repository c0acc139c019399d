import { DockerfileParser } from 'dockerfile-ast'
import { ModifiableInstruction } from 'dockerfile-ast/lib/modifiableInstruction.js'

/** What the manual of the Dockerfile frontend 1.27 (BuildKit 0.34) knows: instructions, their flags, fields of mounts. */
export const manual: readonly string[] = [
  ...words('ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN'),
  ...words('SHELL STOPSIGNAL USER VOLUME WORKDIR'),
  ...flags('ADD', 'checksum chmod chown exclude keep-git-dir link unpack'),
  ...flags('COPY', 'chmod chown exclude from link parents'),
  ...flags('FROM', 'platform'),
  ...flags('HEALTHCHECK', 'interval retries start-interval start-period timeout'),
  ...flags('RUN', 'device mount network security'),
  ...fields('bind', 'target dst destination source from rw readonly'),
  ...fields('cache', 'id target dst destination ro readonly sharing from source mode uid gid'),
  ...fields('tmpfs', 'target destination size'),
  ...fields('secret', 'id target dst required mode uid gid env'),
  ...fields('ssh', 'id target required mode uid gid'),
]

/** What of it a Dockerfile uses. */
export function findUsed(dockerfile: string): readonly string[] {
  return DockerfileParser.parse(dockerfile)
    .getInstructions()
    .flatMap((instruction) => {
      const keyword = instruction.getKeyword()
      if (!(instruction instanceof ModifiableInstruction)) return [keyword]
      const used = instruction
        .getFlags()
        .flatMap((flag) => [
          `${keyword} --${flag.getName()}`,
          ...(flag.getName() === 'mount' ? mountFields(flag.getValue() ?? '') : []),
        ])
      return [keyword, ...used]
    })
}

function mountFields(value: string): readonly string[] {
  const names = value.split(',').map((field) => field.split('=')[0] ?? '')
  const type = /(?:^|,)type=(\w+)/.exec(value)?.[1] ?? 'bind'
  return fields(type, names.join(' '))
}

function words(text: string): readonly string[] {
  return text.split(' ')
}

function flags(keyword: string, names: string): readonly string[] {
  return words(names).map((name) => `${keyword} --${name}`)
}

function fields(type: string, names: string): readonly string[] {
  return words(names).map((name) => `RUN --mount type=${type} ${name}`)
}
