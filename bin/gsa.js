#!/usr/bin/env node
// Other users can read arguments in the list of processes: this overwrites them before anything is loaded. On Windows a
// title is that of the console window, and hides nothing.
if (process.platform !== 'win32') process.title = 'gsa'
void require('../dist/main.cjs').main()
