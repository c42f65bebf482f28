// loaded before a program that is measured: says the peak of its memory when it ends
process.on('exit', () => require('fs').writeSync(2, `maxRSS ${process.resourceUsage().maxRSS}\n`));
