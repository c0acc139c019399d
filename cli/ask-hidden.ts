import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Streams } from './streams.ts'

/** Asks for something that is not to be seen. @returns an empty text when nobody can be asked. */
export async function askHidden(
  { input, err }: Pick<Streams, 'input' | 'err'>,
  question: string,
): Promise<string> {
  if (input.isTTY !== true) return ''
  err.write(question)
  // What is typed is echoed to nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true })
  const { promise, resolve } = Promise.withResolvers<string>()
  lines.once('line', resolve)
  lines.once('close', () => resolve(''))
  const answer = await promise
  lines.close()
  err.write('\n')
  return answer
}
