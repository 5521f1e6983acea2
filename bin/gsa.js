#!/usr/bin/env node
// Other users can read arguments in the process list: this overwrites them before anything is loaded. On Windows, the
// title is the console window's, and hides nothing.
if (process.platform !== 'win32') process.title = 'gsa'
void require('../dist/main.cjs').main()
