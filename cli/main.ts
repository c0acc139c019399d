import { setTimeout as sleep } from 'node:timers/promises'
import packageFile from '../package.json' with { type: 'json' }
import { readConfig } from './config.ts'
import { chooseLanguage } from './language.ts'
import { runCli } from './run-cli.ts'

const config = readConfig()
const args = process.argv.slice(2)
const asked = /--lang[= ](\w+)/.exec(args.join(' '))?.[1]
const { stdin: input, stdout: out, stderr: err } = process

// A reader that has seen enough, such as `head`, ends what is written.
for (const stream of [out, err]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(process.exitCode ?? 0)
  })
}

process.exitCode = await runCli(
  args,
  {
    config,
    language: chooseLanguage(asked, config.locale),
    streams: { input, out, err },
    fetch,
    openSocket: (url, headers) => new WebSocket(url, { headers }),
    now: Date.now,
    random: Math.random,
    sleep: async (ms, signal) => sleep(ms, undefined, { signal }),
    onInterrupt: (handler) => {
      const signals = ['SIGINT', 'SIGTERM'] as const
      for (const signal of signals) process.on(signal, handler)
      const off = () => {
        for (const signal of signals) process.off(signal, handler)
      }
      return { [Symbol.dispose]: off }
    },
  },
  packageFile.version,
)
