import { expect, it } from 'vitest'
import { findSecret } from './secret-like.ts'

// Put together here, so that no tool takes this file for a leak.
const random = 'q7Xb2Lw9Zt4Kc1Vn8Hs5Pd3Jm6Rf0Ga'.repeat(3)
const upper = 'Q7XBLWZTKCVNHSPD2345'
const pem = (kind: string) => `-----BEGIN ${kind}-----\nMIIB`
const jwt = (part: string) => `eyJ${part}`

it.each([
  ['github_token', `ghp_${random.slice(0, 36)}`],
  ['github_token', `https://x@y/?t=ghs_${random.slice(0, 36)}`],
  ['github_token', `github_pat_${random.slice(0, 22)}_${random.slice(0, 59)}`],
  ['gitlab_token', `glpat-${random.slice(0, 20)}`],
  ['aws_access_key', `AKIA${upper.slice(4)}`],
  ['hugging_face_token', `hf_${random.slice(0, 34)}`],
  ['nvidia_api_key', `nvapi-${random.slice(0, 64)}`],
  ['slack_token', `xoxb-1234567890-${random.slice(0, 24)}`],
  ['google_api_key', `AIza${random.slice(0, 35)}`],
  ['npm_token', `npm_${random.slice(0, 36)}`],
  ['pypi_token', `pypi-AgEIcHlwaS5vcmc${random}`],
  ['docker_hub_token', `dckr_pat_${random.slice(0, 27)}`],
  ['api_key', `sk-${random.slice(0, 48)}`],
  ['api_key', `sk-proj-${random.slice(0, 48)}`],
  ['json_web_token', `Bearer ${jwt(random)}.${jwt(random)}.${random}`],
  ['private_key', pem('OPENSSH PRIVATE KEY')],
  ['private_key', pem('PRIVATE KEY')],
  ['url_with_password', 'https://user:hunter2@pypi.example/simple'],
  ['url_with_password', 'postgres://:hunter2@db/x'],
])('finds %s', (kind, text) => expect(findSecret(text)).toBe(kind))

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
