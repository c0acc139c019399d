import { createHash } from 'node:crypto'
import type { Surroundings } from './surroundings.ts'

/** A Dockerfile of a case with the addresses and digests of this run. */
export function fillIn(
  text: string,
  { registry, busybox, around }: Record<'registry' | 'busybox', string> & { around: Surroundings },
): string {
  const places = {
    'registry.test/': `${registry}/`,
    'web.test/': `${around.web}/`,
    'git.test/': `${around.git}/`,
    '{busybox-digest}': busybox,
    '{commit}': around.commit,
    '{served}': createHash('sha256').update('served\n').digest('hex'),
    '{long}': 'x'.repeat(60_000),
  }
  return Object.entries(places).reduce((all, [from, to]) => all.replaceAll(from, to), text)
}
