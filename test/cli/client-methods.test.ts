import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { createKilnClient } from '../../client/client.ts'

/** What the command line leaves to others, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'builds.steps': 'the events that a build is followed by tell each step',
  'farm.overview': 'charts of the console',
  'images.attestation': '`verify` reads them from the registry, and believes no server',
  'images.listDetailed': 'what the console shows on the card of an image',
  'images.readVersion': '`images versions` and `diff` tell of versions',
  ...ofBrowsers(['end', 'list', 'providerPath', 'read', 'signIn', 'signOut']),
  ...ofNodes(['cordon', 'drain', 'resume', 'uncordon']),
  'webhooks.read': '`webhooks ls` tells all there is of each',
}

function ofBrowsers(names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [`sessions.${name}`, 'for browsers']))
}

function ofNodes(names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [`nodes.${name}`, 'called by what is ordered']))
}

it('has a command for everything that the client can ask, or a reason for none', async () => {
  const texts = await Promise.all(
    globSync('cli/**/*.ts', { exclude: ['**/*.test.ts'] }).map(async (path) =>
      readFile(path, 'utf8'),
    ),
  )
  const source = texts.join('\n')
  const server = new URL('http://127.0.0.1:1')
  const { connection: _, ...resources } = createKilnClient({ server, token: undefined, fetch })
  const methods = Object.entries(resources).flatMap(([resource, calls]) =>
    Object.keys(calls).map((method) => `${resource}.${method}`),
  )
  const unused = methods.filter((method) => {
    const [resource, name] = method.split('.')
    return !new RegExp(`\\.${resource}\\s*\\.${name}\\b`).test(source)
  })
  expect(unused.toSorted()).toEqual(Object.keys(exceptions).toSorted())
})
