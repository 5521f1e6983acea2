/**
 * The styles of {@link flowPicture}, on top of the base styles. Lanes are counted in custom properties: `--n` lanes, an
 * arrow from lane `--a` across `--w` of them. Lines are borders, which paper and forced colours keep. Only ASCII: one
 * character beyond Latin-1 makes encoding a page four times as slow.
 */
export const flowStyles = `
.flow{overflow-wrap:anywhere}
.flow,.ok{--tone:var(--accent);--on-tone:var(--on-accent);--ground:var(--wash)}
.bad{--tone:var(--alarm);--on-tone:var(--card);--ground:var(--alarm-wash)}
.open{--tone:var(--banner-text);--on-tone:var(--banner);--ground:var(--banner)}
.unseen{--tone:var(--quiet);--on-tone:var(--card);--ground:transparent}
.n1{--n:1}.n2{--n:2}.n3{--n:3}.n4{--n:4}.n5{--n:5}.a0{--a:0}.a1{--a:1}.a2{--a:2}.a3{--a:3}.a4{--a:4}.w1{--w:1}.w2{--w:2}.w3{--w:3}.w4{--w:4}
:where(.flow) :is(h2,h3,h4,p,ol,ul,dl,dd){margin:0;padding:0}
.flow :is(h2,h3){font-size:1.25rem;line-height:1.35;font-weight:650}
.flow code{font-family:var(--mono);font-size:.8125rem;line-height:1.45;font-weight:inherit}
.flow>h2{margin:2rem 0 .5rem}
.out{margin:1.25rem 0;padding:1rem 1.25rem;border:1px solid var(--tone);border-left-width:6px;border-radius:12px;background:var(--ground)}
.out h2{font-size:1.125rem;font-weight:400}
.out :is(b,a){color:var(--tone)}
.out p{margin-top:.5rem;white-space:pre-line}
.out .small{font-size:.875rem}
.out p code{padding:.0625rem .25rem;border-radius:4px;background:var(--card);white-space:nowrap}
.out .small code{white-space:normal}
.lanes,.strip{display:grid;grid-template-columns:repeat(var(--n),minmax(0,1fr))}
.lanes{position:sticky;top:0;z-index:2;width:min(var(--n)*8.5rem,44%);padding:.5rem 0;background:var(--page);list-style:none;font-size:.8125rem;line-height:1.25;font-weight:650;text-align:center;align-items:end}
.lanes li{margin:0 .1875rem;padding:.375rem .25rem;border:1px solid var(--edge);border-radius:8px;background:var(--card)}
.steps,.checks,.key ul{list-style:none}
.step{display:grid;grid-template-columns:min(var(--n)*8.5rem,44%) minmax(0,1fr);gap:0 1.5rem;scroll-margin-top:4.5rem}
.strip{font:.75rem/1.2 var(--mono)}
.strip i{grid-area:1/1;margin-left:calc(50% - .5px);border-left:1px dashed var(--edge)}
.strip i:nth-child(2){grid-column:2}.strip i:nth-child(3){grid-column:3}.strip i:nth-child(4){grid-column:4}.strip i:nth-child(5){grid-column:5}
.arrow,.box{grid-area:1/1/2/-1;align-self:start;position:sticky;top:4.5rem;margin:1rem 0 1.75rem calc((var(--a) + .5)/var(--n)*100%);border:0 solid;color:var(--tone);text-align:center}
.arrow{width:calc(var(--w)/var(--n)*100%);min-height:1.625rem;padding:0 .75rem .375rem;border-bottom-width:2px}
.arrow::after{content:"";position:absolute;right:1px;bottom:-6px;width:10px;height:10px;border:solid;border-width:2px 2px 0 0;transform:rotate(45deg)}
.back::after{right:auto;left:1px;transform:rotate(-135deg)}
.box{display:grid;justify-items:center;gap:.25rem;justify-self:start;max-width:calc(100%/var(--n) - .5rem);padding:.375rem .5rem;border-width:1.5px;border-radius:8px;background:var(--card);transform:translateX(-50%)}
:is(.arrow,.box,.card).unseen{border-style:dashed}
.strip b,.stop{border:1px solid var(--tone);background:var(--tone);color:var(--on-tone);print-color-adjust:exact}
.strip b{font:650 .75rem/1.375rem var(--sans);min-width:1.5rem;padding:0 .25rem;border-radius:1rem;text-align:center;white-space:nowrap}
.arrow b{position:absolute;left:-.75rem;bottom:-.8125rem}
.back b{left:auto;right:-.75rem}
.arrow span{background:var(--page);padding:0 .125rem}
.row :is(.arrow,.box){position:relative;top:0;margin-block:.125rem 1.0625rem}
.row .arrow{min-height:1.25rem}
.row :is(.arrow,.box),.brief{align-self:end}
.row .box{grid-auto-flow:column;align-items:center;margin-bottom:.1875rem;padding:.125rem .375rem;max-width:none}
.brief{padding:.375rem 0}
.brief small{color:var(--quiet);white-space:nowrap}
.glance .lanes{position:static}
.card{margin-bottom:1rem;padding:1rem 1.25rem;border:1px solid var(--line);border-radius:12px;background:var(--card);min-width:0}
.card.bad,.card.open{border-color:var(--tone)}
.card.unseen{background:none}
.step:target .card{outline:3px solid var(--tone)}
.card h3{font-size:1.0625rem}
.card h4{margin:1rem 0 .25rem;font-size:.8125rem;font-weight:650;color:var(--quiet)}
.card p{margin-top:.5rem}
.chip{display:inline-block;padding:0 .5rem;border:1px solid var(--tone);border-radius:1rem;font-size:.75rem;line-height:1.5;font-weight:600;vertical-align:.1em}
.chip:not(.stop){background:var(--ground);color:var(--tone)}
.card :is(.quiet,small){color:var(--quiet);font-size:.875rem}
.card h3+.quiet{margin:0}
.card .line{padding:.5rem .75rem;border-radius:8px;background:var(--ground)}
.card :is(dl,ul){display:block;font-size:.875rem;line-height:1.45}
.card dl div,.checks li{display:grid;grid-template-columns:12rem minmax(0,1fr);gap:0 1rem;padding:.375rem 0;border-top:1px solid var(--line)}
.checks li{grid-template-columns:6.75rem minmax(0,1fr);gap:0 .5rem}
.flow dt{color:var(--text);font-weight:600}
.card small{display:block}
.card .in{grid-column:1/-1;margin:.375rem 0 0 .375rem;padding-left:.75rem;border-left:3px solid var(--line)}
.card .in div:first-child{border:0}
.hid{padding:.0625rem .375rem;border:1px dashed var(--edge);border-radius:6px;color:var(--quiet);font-size:.8125rem}
.checks b{font-weight:600;color:var(--tone)}
.key{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.875rem}
.key h2{font-size:1rem}
.key ul+p+h2{margin-top:1.25rem}
.words div,.key li{display:grid;grid-template-columns:8rem minmax(0,1fr);padding:.25rem 0}
.key ul{margin:.5rem 0 1rem}
.key li{align-items:center}
.key :is(.arrow,.box){--n:1;--w:1;display:block;position:relative;top:0;width:5rem;min-height:.75rem;margin:0 0 .375rem;padding:0}
.key .box{width:2rem;height:1.25rem;margin:0;transform:none}
@media (max-width:43.75em){
.lanes{width:100%;font-size:.75rem}
.step:not(.row){display:block}
.arrow{padding:0 .5rem .375rem}
.strip :is(.box,.arrow){position:relative;top:0;margin-block:.75rem 1.25rem}
.row{grid-template-columns:50% minmax(0,1fr);gap:0 .75rem}
.row .strip :is(.arrow,.box),.brief{align-self:center}
.row .strip :is(.arrow,.box){min-height:0;margin-block:0;padding-bottom:0}
.row .strip .box{padding:.125rem}
.row .strip span{display:none}
.brief small{display:block}
.glance .lanes{width:50%}
.glance .lanes li{justify-self:center;padding:.375rem .125rem;writing-mode:vertical-rl}
.card{margin:0;padding:.875rem 1rem}
.card dl div{display:block}
}
@media print{
:root{font-size:12px;--page:#fff;--card:#fff;--text:#000;--quiet:#333;--line:#999}
body{font-size:12px}
.lanes,.strip :is(.arrow,.box){position:relative;top:0}
.step,.out{break-inside:avoid}
.flow>h2,.lanes{break-after:avoid}
}
`
