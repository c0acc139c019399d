import { createReadStream } from 'node:fs'
import { resourceUsage, stdout } from 'node:process'
import { analyseImage } from '../../cuda/image/analyse-image.ts'

/** Run as a program of its own, so that its peak memory is that of the analysis: media type, file. */
const [mediaType = '', path = ''] = process.argv.slice(2)

const emptyMb = resourceUsage().maxRSS / 1024
const cpu = process.cpuUsage()
const start = performance.now()
const { facts } = await analyseImage({ os: 'linux', architecture: 'amd64', env: [] }, [
  { mediaType, blob: createReadStream(path, { highWaterMark: 256 * 1024 }) },
])
const wallMs = performance.now() - start
const { user, system } = process.cpuUsage(cpu)
const peakMb = resourceUsage().maxRSS / 1024
stdout.write(JSON.stringify({ facts, wallMs, cpuMs: (user + system) / 1000, emptyMb, peakMb }))
