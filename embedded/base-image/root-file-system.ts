import { readFile } from 'node:fs/promises'
import { packTar, type TarEntry } from 'modern-tar'
import type { Environment } from '../../process/environment.ts'
import { run } from '../../process/run.ts'

const listLimitMs = 5_000
/** Fixed, so that the same busybox makes the same layer, digest for digest. */
const mtime = new Date(0)

const folders = [
  'bin',
  'dev',
  'etc',
  'etc/ssl',
  'etc/ssl/certs',
  'home',
  'proc',
  'root',
  'sys',
  'usr',
  'usr/bin',
  'var',
]

const files = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
  'etc/os-release': 'ID=busybox\nNAME=busybox\n',
}

/** A small but real root file system as a tar: busybox with its applets, the folders and files that programs expect. */
export async function createRootFileSystem(
  busybox: string,
  environment: Environment,
): Promise<Uint8Array> {
  const { stdout } = await run(busybox, ['--list'], { limitMs: listLimitMs, environment })
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
  return packTar([
    ...folders.map((name) => folder(name, 0o755)),
    ...['tmp', 'var/tmp'].map((name) => folder(name, 0o1777)),
    ...Object.entries(files).map(([name, text]) => file(name, 0o644, Buffer.from(text))),
    file('bin/busybox', 0o755, await readFile(busybox)),
    ...applets.map((applet) => link(`bin/${applet}`, 'busybox')),
  ])
}

function folder(name: string, mode: number): TarEntry {
  return { header: { name: `${name}/`, type: 'directory', mode, mtime, size: 0 } }
}

function file(name: string, mode: number, body: Buffer): TarEntry {
  return {
    header: { name, type: 'file', mode, mtime, size: body.length },
    body: new Uint8Array(body),
  }
}

function link(name: string, linkname: string): TarEntry {
  return { header: { name, type: 'symlink', linkname, mtime, size: 0 } }
}
