import { quote } from './quote.ts'

/** How a daemon comes into its surroundings before it becomes the program that it is. */
export interface Launch {
  /** Folders of the cgroup that it joins, one a hierarchy; they are made when they are missing. */
  readonly cgroups: readonly string[]
  /** Folders of the system that start empty for this daemon and are gone with it. */
  readonly ownFolders: readonly string[]
  /** Folders that this daemon sees at another path as well; that path lies in a folder of its own. */
  readonly bound: readonly { readonly from: string; readonly at: string }[]
  /** Files of the system that are another file for this daemon. */
  readonly ownFiles: Readonly<Record<string, string>>
  /** Path of the network namespace. */
  readonly network: string
  readonly command: readonly string[]
}

/**
 * A command whose process joins the cgroups, gets a mount namespace of its own and turns into the daemon, under one
 * pid. Whatever is mounted in that namespace disappears with its last process, however that one ends.
 */
export function launchCommand(launch: Launch): {
  readonly command: string
  readonly args: readonly string[]
} {
  const { cgroups, ownFolders, bound, ownFiles, network, command } = launch
  const script = [
    'set -e',
    ...cgroups.map(
      (folder) => `mkdir -p ${quote(folder)}; echo $$ > ${quote(folder)}/cgroup.procs`,
    ),
    ...ownFolders.map(
      (folder) =>
        `mkdir -p ${quote(folder)}; mount -t tmpfs -o mode=0700 kiln-daemon ${quote(folder)}`,
    ),
    ...bound.map(
      ({ from, at }) => `mkdir -p ${quote(at)}; mount --bind ${quote(from)} ${quote(at)}`,
    ),
    ...Object.entries(ownFiles).map(([path, own]) => `mount --bind ${quote(own)} ${quote(path)}`),
    // Not `ip netns exec`: it mounts another /sys, in which there are no cgroups.
    `exec nsenter --net=${quote(network)} -- ${command.map(quote).join(' ')}`,
  ]
  return {
    command: 'unshare',
    args: ['--mount', '--propagation', 'slave', '--', 'sh', '-c', script.join('\n')],
  }
}
