import { type Dockerfile, DockerfileParser } from 'dockerfile-ast'

const directive = /^#\s*(\w+)\s*=/
const known = /^(syntax|escape|check)$/i

export function parseDockerfile(text: string): Dockerfile {
  return DockerfileParser.parse(hideLateDirectives(text))
}

/**
 * BuildKit stops looking for directives at the first comment that is none of those it knows; the parser goes on and would
 * take an `escape` after it for one. Every character keeps its place.
 */
export function hideLateDirectives(text: string): string {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => !known.test(directive.exec(line)?.[1] ?? ''))
  const end = lines.findIndex((line, index) => index >= first && !directive.test(line))
  const late = lines.slice(first, end === -1 ? undefined : end)
  return lines
    .toSpliced(first, late.length, ...late.map((line) => line.replace('=', ' ')))
    .join('\n')
}
