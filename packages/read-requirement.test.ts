import { describe, expect, it } from 'vitest'
import { readRequirement } from './read-requirement.ts'

const item = (text: string) => readRequirement(text)

describe('readRequirement', () => {
  // The examples of PEP 508 that name no address.
  it.each([
    ['A', 'a'],
    ['A.B-C_D', 'a-b-c-d'],
    ['aa', 'aa'],
    ['name', 'name'],
    ['name<=1', 'name<=1'],
    ['name>=3', 'name>=3'],
    ['name>=3,<2', 'name<2,>=3'],
    ['name [fred,bar]', 'name[bar,fred]'],
    ['name[]', 'name'],
    ['name[quux, strange];python_version<"2.7"', 'name[quux,strange] ; python_version < "2.7"'],
    ["name; os_name=='a' or os_name=='b'", 'name ; os_name == "a" or os_name == "b"'],
    [
      'name; os_name=="a" and (os_name=="b" or os_name=="c")',
      'name ; os_name == "a" and (os_name == "b" or os_name == "c")',
    ],
    ["name; 'linux' in sys_platform", 'name ; "linux" in sys_platform'],
    ['name; os_name not in "nt java"', 'name ; os_name not in "nt java"'],
    ['requests [security] >= 2.8.1, == 2.8.*', 'requests[security]==2.8.*,>=2.8.1'],
    ['name (>=1, <2)', 'name<2,>=1'],
    ['torch==2.1.0+cu118', 'torch==2.1.0+cu118'],
    ['name~=1.4.2', 'name~=1.4.2'],
    ['name!=1.0rc1', 'name!=1.0rc1'],
    ['name===1.0', 'name===1.0'],
    ['foo.zip', 'foo-zip'],
    [' numpy ', 'numpy'],
  ])('%s', (text, normal) => expect(item(text)).toEqual({ item: normal }))

  it.each([
    ['', 'is empty'],
    ['   ', 'does not begin with a name'],
    ['-e .', 'is an option'],
    ['--index-url x', 'is an option'],
    ['name @ https://example.org/a.whl', 'is an address'],
    ['git+https://example.org/a.git', 'is an address'],
    ['name@1', 'is an address'],
    ['./a.whl', 'is a path'],
    ['../a', 'is a path'],
    ['/etc/passwd', 'is a path'],
    ['a/b', 'is a path'],
    ['C:a', 'is a path'],
    ['numpy\nsix', 'has a line break'],
    ['numpy; os_name == "a"\n', 'has a line break'],
    ['numpy\u2028six', 'has a line break'],
    ['numpy\0', 'has a control character'],
    ['numpy\\', 'has a backslash'],
    ['nümpy', 'is not ASCII'],
    ['名', 'is not ASCII'],
    ['numpy==$(id)', 'PEP 440'],
    ['numpy;id', 'has a marker'],
    ['numpy; extra == "x"', 'has a marker'],
    ['numpy; "a" == "a"', 'has a marker'],
    ['numpy; os_name == "$(id)"', 'has a marker'],
    ['numpy; os_name = "a"', 'has a marker'],
    ['numpy; ((os_name == "a")', 'has a marker'],
    ['numpy; os_name == "a" and', 'has a marker'],
    ['numpy ; ' + '('.repeat(100) + 'os_name == "a"' + ')'.repeat(100), 'has a marker'],
    ['numpy --hash=sha256:0', 'PEP 440'],
    ['numpy==1..2', 'PEP 440'],
    ['numpy>=1.*', 'PEP 440'],
    ['numpy~=1', 'PEP 440'],
    ['numpy==', 'PEP 440'],
    ['numpy 1.2', 'PEP 440'],
    ['numpy # note', 'PEP 440'],
    ['${NAME}', 'does not begin with a name'],
    ['numpy[a b]', 'has extras'],
    ['numpy[', 'PEP 440'],
    ['a'.repeat(401), 'is longer than'],
  ])('refuses %j', (text, why) =>
    expect(item(text)).toEqual({ problem: expect.stringContaining(why) }),
  )
})
