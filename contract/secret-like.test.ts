import { expect, it } from 'vitest'
import { findSecret } from './secret-like.ts'

// Put together here, so that no tool takes this file for a leak.
const random = 'q7Xb2Lw9Zt4Kc1Vn8Hs5Pd3Jm6Rf0Ga'.repeat(3)
const upper = 'Q7XBLWZTKCVNHSPD2345'
const pem = (kind: string) => `-----BEGIN ${kind}-----\nMIIB`
const jwt = (part: string) => `eyJ${part}`

it.each([
  ['a GitHub token', `ghp_${random.slice(0, 36)}`],
  ['a GitHub token', `https://x@y/?t=ghs_${random.slice(0, 36)}`],
  ['a GitHub token', `github_pat_${random.slice(0, 22)}_${random.slice(0, 59)}`],
  ['a GitLab token', `glpat-${random.slice(0, 20)}`],
  ['an AWS access key', `AKIA${upper.slice(4)}`],
  ['a Hugging Face token', `hf_${random.slice(0, 34)}`],
  ['an NVIDIA API key', `nvapi-${random.slice(0, 64)}`],
  ['a Slack token', `xoxb-1234567890-${random.slice(0, 24)}`],
  ['a Google API key', `AIza${random.slice(0, 35)}`],
  ['an npm token', `npm_${random.slice(0, 36)}`],
  ['a PyPI token', `pypi-AgEIcHlwaS5vcmc${random}`],
  ['a Docker Hub token', `dckr_pat_${random.slice(0, 27)}`],
  ['an API key', `sk-${random.slice(0, 48)}`],
  ['an API key', `sk-proj-${random.slice(0, 48)}`],
  ['a JSON web token', `Bearer ${jwt(random)}.${jwt(random)}.${random}`],
  ['a private key', pem('OPENSSH PRIVATE KEY')],
  ['a private key', pem('PRIVATE KEY')],
  ['a URL with a password', 'https://user:hunter2@pypi.example/simple'],
  ['a URL with a password', 'postgres://:hunter2@db/x'],
])('finds %s', (name, text) => expect(findSecret(text)).toBe(name))

it.each([
  '',
  '1.2.3',
  'a'.repeat(200),
  'd670460b4b4aece5915caf5c68d12f560a9fe3e4',
  'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
  'a9ba2b8e-5d3f-4e5f-9a55-1f6f5a2b7f2e',
  'sk-learn-contrib-and-a-rather-long-name-1',
  'hf_transfer,hf_xet',
  'HF_HUB_ENABLE_HF_TRANSFER=1',
  'AKIA is a prefix',
  `ghp_${'x'.repeat(36)}`,
  'glpat-xxxxxxxxxxxxxxxxxxxx',
  'https://user:${PASSWORD}@pypi.example/simple',
  'https://user:<password>@pypi.example/simple',
  'https://user:****@pypi.example/simple',
  'https://user@pypi.example:8443/simple',
  'https://pypi.example:8443/simple?x=a:b@c',
  'git+ssh://git@github.com:22/a/b@v1',
  'git@github.com:a/b.git',
  'docker://registry.example/image:1.0@sha256:2c26b46b68ffc68ff99b453c1d30413413422d70',
  pem('CERTIFICATE'),
  pem('PUBLIC KEY'),
  'torch==2.4.0+cu124 --extra-index-url https://download.pytorch.org/whl/cu124',
  'eyJhbGciOiJub25lIn0',
])('leaves %s alone', (text) => expect(findSecret(text)).toBeUndefined())
