import { expect, test } from 'vitest'
import type { StepResult } from '../../src/doctor/checklist.ts'
import { junitReport } from '../../src/doctor/junit.ts'
import { Failure } from '../../src/failures/index.ts'

test('a JUnit report has a case for each step, with cause and fix, and no characters that XML forbids', () => {
  const step = { name: 'a', ms: 1234, detail: 'all is well' }
  const error = new Failure('api_not_enabled', { service: 'a<b>"c"&d', link: 'https://example.com/?a&b' })
  const results: StepResult[] = [
    { ...step, title: 'First & "best"', status: 'passed' },
    { ...step, title: 'Second', status: 'failed', error },
    {
      ...step,
      title: 'Third',
      status: 'failed',
      detail: 'Error: \u0000\u001b[31m\ud800\uffff]]>',
      error: new Error('x'),
    },
    { ...step, title: 'Fourth 🎉', status: 'skipped', detail: 'needs: Second' },
  ]
  expect(junitReport({ name: 'gsa smoke', classname: 'gsa.smoke.account' }, results)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="gsa smoke" tests="4" failures="2" errors="0" skipped="1" time="4.936">
      <testsuite name="gsa smoke" tests="4" failures="2" errors="0" skipped="1" time="4.936">
        <testcase name="First &amp; &quot;best&quot;" classname="gsa.smoke.account" time="1.234"/>
        <testcase name="Second" classname="gsa.smoke.account" time="1.234"><failure message="The API at a&lt;b&gt;&quot;c&quot;&amp;d is not enabled in this client's project." type="api_not_enabled">Enable it at https://example.com/?a&amp;b, wait a few minutes, and try again.</failure></testcase>
        <testcase name="Third" classname="gsa.smoke.account" time="1.234"><failure message="Error: [31m]]&gt;"/></testcase>
        <testcase name="Fourth 🎉" classname="gsa.smoke.account" time="1.234"><skipped message="needs: Second"/></testcase>
      </testsuite>
    </testsuites>
    "
  `)
})
