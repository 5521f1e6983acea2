const answer = await fetch('https://accounts.google.com/.well-known/openid-configuration')
console.log((await answer.json()).issuer)
