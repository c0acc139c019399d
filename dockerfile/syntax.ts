import { parseDockerfile } from './parse.ts'

/** The frontend image that a `# syntax` line at the top asks for; `undefined` when there is no such line. */
export function readSyntax(dockerfile: string): string | undefined {
  const syntax = parseDockerfile(dockerfile)
    .getDirectives()
    .find((directive) => directive.getName().toLowerCase() === 'syntax')
  return syntax?.getValue() || undefined
}
