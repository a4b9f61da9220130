// sf-nano FILE [EXPORT [ARG...]]: instantiate, call, print the results. Arguments are all i32 or all i64.
use sf_nano_core::wasi::{wasi_imports, WasiContextBuilder};
use sf_nano_core::{Config, Engine, Instance, Tier, Value};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let bytes = std::fs::read(&args[0]).expect("file");
    let imports = wasi_imports(WasiContextBuilder::new().args(&[args[0].clone()]).build());
    let engine = Engine::new(Config::new().tier(Tier::Interp)).expect("engine");
    let mut instance = Instance::new(&engine, &bytes, &imports).expect("instance");
    let export = args.get(1).map_or("_start", |s| s.as_str());
    let numbers: Vec<i64> = args.iter().skip(2).map(|a| a.parse().expect("number")).collect();
    let narrow: Vec<Value> = numbers.iter().map(|&n| Value::I32(n as i32)).collect();
    let wide: Vec<Value> = numbers.iter().map(|&n| Value::I64(n)).collect();
    let results = instance.invoke(export, &narrow).or_else(|_| instance.invoke(export, &wide)).expect("call");
    for v in results {
        match v {
            Value::I32(v) => println!("{v}"),
            Value::I64(v) => println!("{v}"),
            other => println!("{other:?}"),
        }
    }
}
