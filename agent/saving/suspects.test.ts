import { expect, it } from 'vitest'
import { isDriverName, mayHoldSecret, secretByPath, secretInText } from './suspects.ts'

it.each([
  'root/.ssh/id_rsa',
  'home/ada/.ssh/deploy',
  'root/.aws/credentials',
  'root/.netrc',
  'root/.git-credentials',
  'root/.docker/config.json',
  'root/.kube/config',
  'root/.config/gcloud/credentials.db',
  'root/.cache/huggingface/token',
  'root/.kaggle/kaggle.json',
  'root/.pypirc',
  'root/.bash_history',
  'home/ada/.python_history',
  'root/.local/share/jupyter/runtime/jpserver-1.json',
  'run/secrets/token',
  'root/.gnupg/private-keys-v1.d/x.key',
])('knows %s by where it lies', (path) => {
  expect(secretByPath(path)).toBeTypeOf('string')
})

it.each([
  'root/.ssh/known_hosts',
  'root/.ssh/id_rsa.pub',
  'root/.ssh/authorized_keys',
  'root/.config/gcloud/configurations/config_default',
  'usr/share/doc/netrc',
  'root/history.txt',
])('takes %s for no secret by where it lies', (path) => {
  expect(secretByPath(path)).toBeUndefined()
})

it('reads small files of configuration only', () => {
  const reads = (path: string, bytes = 100) => mayHoldSecret({ path, bytes })
  expect(
    ['root/.npmrc', 'root/app/.env', 'etc/pip.conf', 'root/key.pem'].every((path) => reads(path)),
  ).toBe(true)
  expect(reads('root/app/settings.yaml')).toBe(true)
  expect(reads('usr/lib/python3/dist-packages/x.py')).toBe(false)
  expect(reads('root/.env', 10_000_000)).toBe(false)
  expect(reads('root/.env', 0)).toBe(false)
})

it('knows tokens in a text', () => {
  expect(secretInText('//registry.npmjs.org/:_authToken=abcdefgh12')).toBe('npm_token')
  expect(secretInText('-----BEGIN OPENSSH PRIVATE KEY-----\n')).toBe('private_key')
  expect(secretInText('index-url = https://ada:s3cret@host/simple')).toBe('url_with_password')
  expect(secretInText('LEVEL=debug\n')).toBeUndefined()
})

it.each([
  ['usr/lib/x86_64-linux-gnu/libcuda.so.550.54', true],
  ['usr/lib64/libnvidia-ptxjitcompiler.so.1', true],
  ['usr/lib/libnvcuvid.so', true],
  ['usr/bin/nvidia-smi', true],
  ['usr/lib/libcudart.so.12', false],
  ['usr/local/cuda/lib64/libcublas.so.12', false],
  ['usr/bin/nvcc', false],
])('of %s says whether the driver has such a file: %s', (path, expected) => {
  expect(isDriverName(path)).toBe(expected)
})
