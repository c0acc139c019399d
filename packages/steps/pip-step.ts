import { exitOf, places, prelude } from './prelude.ts'

/**
 * Installs requirements into the Python that the image calls its own. What of the base must stay is computed here, since it is
 * the base that says it. A bundled pip looks at no certificates of the system unless it is told to.
 */
export const pipStep = `${prelude}
python=$(command -v python3 || command -v python || true)
[ -n "$python" ] || end ${exitOf('packages_no_python')} "the base has no Python: add python3-pip to the packages of apt, or take another base"
"$python" -m pip --version > /dev/null 2>&1 || end ${exitOf('packages_no_pip')} "$python has no pip"
managed='import os, sys, sysconfig; sys.exit(sys.prefix == sys.base_prefix and os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")))'
"$python" -c "$managed" || end ${exitOf('packages_python_managed')} "$python belongs to the distribution, which lets pip install nothing (PEP 668)"
export PIP_CACHE_DIR=${places.cache} PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
if [ -f ${places.lists}/pip.conf ]; then export PIP_CONFIG_FILE=${places.lists}/pip.conf; fi
if grep -q '^index-url' ${places.lists}/pip.conf 2> /dev/null; then unset PIP_INDEX_URL; fi
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  if [ -z "\${PIP_CERT:-}" ] && [ -f "$bundle" ]; then export PIP_CERT="$bundle"; fi
done
"$python" -m pip list --format=freeze > ${places.work}/installed
grep -E -i -f ${places.lists}/held ${places.work}/installed > ${places.work}/constraints || true
sed 's/^/kiln: stays as it is: /' ${places.work}/constraints
keep "$python" -m pip install -r ${places.lists}/requirements -c ${places.work}/constraints -c ${places.lists}/constraints || {
  code=$?
  if said '\\(constraint\\)'; then end ${exitOf('packages_held')} "a package wants another version of what the base is built around; ask for that by name to replace it"; fi
  blame "$code"
}`
