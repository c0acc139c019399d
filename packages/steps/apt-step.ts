import { exitOf, places, prelude } from './prelude.ts'

/**
 * Installs what the list names. It ends after the options, so that no name can be one. The names of packages are known to
 * have no character that means something to a shell; file names are not made of them.
 */
export const aptStep = `${prelude}
command -v apt-get > /dev/null || end ${exitOf('packages_no_apt')} "the base has no apt-get: it is no Debian or Ubuntu"
set --
if [ -f ${places.lists}/mirror.sed ]; then
  mkdir ${places.work}/sources.d
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    if [ -f "$file" ]; then sed -E -f ${places.lists}/mirror.sed "$file" > "${places.work}/sources.d/\${file##*/}"; fi
  done
  if [ -f ${places.work}/sources.d/sources.list ]; then mv ${places.work}/sources.d/sources.list ${places.work}/sources.list; fi
  set -- -o Dir::Etc::sourcelist=${places.work}/sources.list -o Dir::Etc::sourceparts=${places.work}/sources.d
fi
set -f
export DEBIAN_FRONTEND=noninteractive
keep apt-get "$@" update || blame $?
keep apt-get "$@" install --yes --no-install-recommends -- $(cat ${places.lists}/packages) || blame $?`
