import { exitOf, places, prelude } from './prelude.ts'

/** Installs into the environment that is active in the image, else into its base. */
export const condaStep = `${prelude}
conda=$(command -v micromamba || command -v mamba || command -v conda || true)
[ -n "$conda" ] || end ${exitOf('packages_no_conda')} "the base has neither conda, mamba nor micromamba"
export CONDA_PKGS_DIRS=${places.cache}
if [ -f ${places.lists}/condarc ]; then export CONDARC=${places.lists}/condarc; fi
bundle=/etc/ssl/certs/ca-certificates.crt
if [ -f "$bundle" ]; then export SSL_CERT_FILE="$bundle" REQUESTS_CA_BUNDLE="$bundle" CONDA_SSL_VERIFY="$bundle"; fi
set -- install --yes --file ${places.lists}/packages
if [ -n "\${CONDA_PREFIX:-}" ]; then set -- "$@" -p "$CONDA_PREFIX"; else set -- "$@" -n base; fi
while read -r channel; do set -- "$@" -c "$channel"; done < ${places.lists}/channels
if [ -s ${places.lists}/channels ]; then set -- "$@" --override-channels; fi
keep "$conda" "$@" || blame $?`
