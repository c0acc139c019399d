import { writeFile } from 'node:fs/promises'
import { troubleshootingPage } from './troubleshooting/page.ts'

const docs = new URL('../docs/', import.meta.url)

/** Writes the pages of failures anew; a test says when that was forgotten. */
await writeFile(new URL('troubleshooting.md', docs), troubleshootingPage('en'))
await writeFile(new URL('zh-CN/troubleshooting.md', docs), troubleshootingPage('zh'))
