import { quote } from './quote.ts'

export interface StepRuncOptions {
  readonly runc: string
  /** The daemon's root, where it writes how each container is to be run. */
  readonly root: string
  /** The folders of the cgroup of all steps, one a hierarchy. */
  readonly steps: readonly string[]
  /** Gets a file `<container>.<limit>` for each step that met a limit: its command as JSON strings with commas between. */
  readonly hits: string
}

/** What the kernel's killer adds to the size of a step: half of the memory there is, so that it chooses no daemon. */
const killFirst = 500

/**
 * What the daemon runs as runc. The kernel counts in the cgroup of a step what its limits have done, and that cgroup goes
 * away with the container, before the daemon answers: so they are read when the daemon deletes the container. Version 2
 * counts refused processes where the limit is, for all steps together.
 */
export function stepRunc({ runc, root, steps, hits }: StepRuncOptions): string {
  return `#!/bin/sh
{ echo ${killFirst} > /proc/self/oom_score_adj; } 2> /dev/null
count() {
  found=0
  { while read -r key value; do [ "$key" != "$2" ] || found=$value; done < "$1"; } 2> /dev/null
}
hit() {
  sed 's/^.*"process":{//; s/],"env":[[].*//; s/^.*"args":[[]//' ${quote(root)}/runc-*/executor/"$id"/config.json > "$hits/$id.$1"
}
case " $* " in *' delete '*)
  for id; do :; done
  hits=${quote(hits)}
  for steps in ${steps.map(quote).join(' ')}; do
    for file in memory.oom_control memory.events; do
      count "$steps/buildkit/$id/$file" oom_kill
      [ "$found" = 0 ] || hit memory
    done
    count "$steps/buildkit/$id/pids.events" max
    [ "$found" = 0 ] || hit processes
    count "$steps/pids.events" max
    if [ "$found" != 0 ]; then
      now=$found found=0
      { read -r found < "$hits/refused"; } 2> /dev/null
      [ "$found" = "$now" ] || hit processes
      echo "$now" > "$hits/refused"
    fi
  done
esac
exec ${quote(runc)} "$@"
`
}
