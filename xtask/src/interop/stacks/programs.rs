//! The stacks: each a program of ours on top of somebody's SDK or TLS, installed where it was not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::child::{INSTALLATION, Running, STEP, output, works};
use super::super::{folder, tools};
use super::cases::{Case, Does};
use crate::{Result, apt, root};

/// Somebody's SDK or TLS, wherever it is installed.
pub struct Model {
    pub name: &'static str,
    kind: Kind,
    /// It shows no certificate where the server asks for those of other CAs.
    pub heeds_ca_names: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Greets, and makes no calls.
    Tls,
    /// Makes the one call that greets it, as it is told to.
    Http,
    Sdk,
}

/// All that are known, in the order of the published table.
pub static MODELS: [Model; 12] = [
    model("Go SDK", Kind::Sdk, true),
    model("Java SDK", Kind::Sdk, true),
    model("Python SDK", Kind::Sdk, false),
    model("Rust SDK", Kind::Sdk, false),
    model("TypeScript SDK", Kind::Sdk, false),
    model("openssl", Kind::Tls, false),
    model("curl", Kind::Http, false),
    model("gnutls-cli", Kind::Tls, false),
    model("Go crypto/tls", Kind::Tls, true),
    model("Java JSSE", Kind::Tls, true),
    model("Node tls", Kind::Tls, false),
    model("Python ssl", Kind::Tls, false),
];

const fn model(name: &'static str, kind: Kind, heeds_ca_names: bool) -> Model {
    Model { name, kind, heeds_ca_names }
}

impl Model {
    /// What it is told to do in this case, if it can; an SDK may still answer that it cannot.
    pub fn mode(&self, case: &Case) -> Option<&'static str> {
        match (self.kind, case.does) {
            (Kind::Sdk, Does::Works) => Some("workflow"),
            // Theirs is one method, which names the namespace once.
            (Kind::Sdk, Does::DescribesUnawares(_)) => None,
            (Kind::Sdk, _) => Some("describe"),
            (Kind::Http, Does::Works) => None,
            (Kind::Http, _) => Some("greet"),
            (Kind::Tls, Does::Connects) if !case.is_about_calls() => Some("greet"),
            (Kind::Tls, _) => None,
        }
    }
}

/// One that is installed, with our program on top.
pub struct Stack {
    pub model: &'static Model,
    pub version: String,
    program: Vec<OsString>,
}

impl Stack {
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// What was made ready: the stacks, and those that are not to be had, with the reason.
#[derive(Default)]
pub struct Ready {
    pub stacks: Vec<Stack>,
    pub missing: Vec<String>,
    /// The program that is a Temporal server.
    pub server: Option<PathBuf>,
}

/// Makes all of it ready, at once: most of it is downloads.
///
/// # Errors
/// When Python, Node or Go is missing and cannot be installed, or a program on top of them cannot be built.
pub fn ready() -> Result<Ready> {
    type Prepare = fn() -> Result<Ready>;
    type Part = std::result::Result<Ready, String>;
    let required: [Prepare; 3] = [python, node, go];
    let optional: [(&str, Prepare); 5] =
        [("Java", java), ("Temporal's Rust SDK", rust), ("openssl", openssl), ("gnutls-cli", gnutls), ("curl", curl)];
    let parts: Vec<Part> = std::thread::scope(|scope| {
        let required = required.map(|part| scope.spawn(move || part().map_err(|error| error.to_string())));
        let optional = optional.map(|(name, part)| {
            scope.spawn(move || match part() {
                Ok(ready) => Ok(ready),
                Err(error) => Ok(Ready { missing: vec![format!("{name}: {error}")], ..Ready::default() }),
            })
        });
        let threads = required.into_iter().chain(optional);
        threads.map(|thread| thread.join().unwrap_or_else(|_| Err("a preparation panicked".to_owned()))).collect()
    });
    let mut all = Ready::default();
    for part in parts {
        let part = part?;
        all.stacks.extend(part.stacks);
        all.missing.extend(part.missing);
        all.server = all.server.or(part.server);
    }
    all.stacks.sort_by_key(|stack| MODELS.iter().position(|model| model.name == stack.model.name));
    Ok(all)
}

fn python() -> Result<Ready> {
    let (python, version) = tools::python_with_sdk()?;
    let sdk = stack("Python SDK", version, python.program(), [programs("sdk/python.py")])?;
    let version = said(Command::new(python.program()).args(["-c", "import ssl; print(ssl.OPENSSL_VERSION)"]))?;
    let tls = stack("Python ssl", version, python.program(), [programs("tls/greet.py")])?;
    Ok(Ready { stacks: vec![sdk, tls], ..Ready::default() })
}

fn node() -> Result<Ready> {
    let (node, npm) = tools::node()?;
    let place = folder().join("node");
    std::fs::create_dir_all(&place)?;
    let mut lock_is_new = !place.join("node_modules").is_dir();
    // Modules are looked for beside the file that imports them.
    for name in ["package.json", "client.mjs", "workflow.mjs", "package-lock.json"] {
        let bytes = std::fs::read(programs("sdk/node").join(name))?;
        if std::fs::read(place.join(name)).ok().as_ref() != Some(&bytes) {
            lock_is_new |= name == "package-lock.json";
            // Last, and only once it is installed: what was broken off is done again.
            if name != "package-lock.json" {
                std::fs::write(place.join(name), &bytes)?;
            }
        }
    }
    if lock_is_new {
        println!("installing the packages of Temporal's TypeScript SDK");
        std::fs::copy(programs("sdk/node/package-lock.json"), place.join("package-lock.json"))?;
        let mut install = Command::new(npm);
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&place);
        if let Err(error) = output("npm ci", &mut install, INSTALLATION) {
            std::fs::remove_file(place.join("package-lock.json"))?;
            return Err(format!("Temporal's TypeScript SDK cannot be tried: {error}").into());
        }
    }
    let version = after(include_str!("../../../interop/sdk/node/package.json"), "\"@temporalio/client\"");
    let sdk = stack("TypeScript SDK", version, &node, [place.join("client.mjs")])?;
    let version = said(Command::new(&node).args(["-p", "`${process.version}, OpenSSL ${process.versions.openssl}`"]))?;
    let tls = stack("Node tls", version, &node, [programs("tls/greet.mjs")])?;
    Ok(Ready { stacks: vec![sdk, tls], ..Ready::default() })
}

fn go() -> Result<Ready> {
    let go = tools::go()?;
    let build = |name: &str, module: &str| {
        let binary = folder().join(name);
        go.build(name, &programs(module), &binary)?;
        Ok::<_, Box<dyn std::error::Error>>(binary)
    };
    let version = after(include_str!("../../../interop/sdk/go/go.mod"), "go.temporal.io/sdk");
    let none: [PathBuf; 0] = [];
    let sdk = stack("Go SDK", version, build("go-sdk", "sdk/go")?, none.clone())?;
    let tls = stack("Go crypto/tls", go.version.clone(), build("go-tls", "tls/go")?, none)?;
    let mut ready = Ready { stacks: vec![sdk, tls], ..Ready::default() };
    match build("temporal-server", "server") {
        Ok(binary) => ready.server = Some(binary),
        // Its authors ask for one of Go's latest.
        Err(error) if error.to_string().contains("go.mod requires go >=") => {
            ready.missing.push(format!("a Temporal server, and with it workflows: {} is too old for it", go.version));
        }
        Err(error) => return Err(error),
    }
    Ok(ready)
}

fn java() -> Result<Ready> {
    for (program, package) in [("javac", "default-jdk-headless"), ("mvn", "maven")] {
        if !works(program, "-version") {
            apt::install(package)?;
        }
    }
    let place = folder().join("java");
    let pom = include_str!("../../../interop/sdk/java/pom.xml");
    if std::fs::read_to_string(place.join("pom.xml")).is_ok_and(|installed| installed != pom) {
        std::fs::remove_dir_all(&place)?;
    }
    if !place.join("pom.xml").is_file() {
        println!("installing the packages of Temporal's Java SDK");
        let mut maven = Command::new("mvn");
        maven.args(["--quiet", "--batch-mode", "dependency:copy-dependencies", "-DincludeScope=runtime"]);
        maven.arg("--file").arg(programs("sdk/java/pom.xml"));
        maven.arg(with("-Dmaven.repo.local=", folder().join("m2"))).arg(with("-DoutputDirectory=", place.join("lib")));
        output("mvn", &mut maven, INSTALLATION)?;
        std::fs::write(place.join("pom.xml"), pom)?;
    }
    let class_path = std::env::join_paths([place.join("classes"), place.join("lib").join("*")])?;
    let mut javac = Command::new("javac");
    javac.arg("-cp").arg(&class_path).arg("-d").arg(place.join("classes"));
    javac.args([programs("sdk/java/Client.java"), programs("tls/Greet.java")]);
    output("javac", &mut javac, STEP)?;
    let run = |class: &str| [OsString::from("-cp"), class_path.clone(), class.into()];
    let version = after(pom, "<artifactId>temporal-sdk</artifactId>");
    let sdk = stack("Java SDK", version, "java", run("Client"))?;
    let tls = stack("Java JSSE", said(Command::new("java").arg("-version"))?, "java", run("Greet"))?;
    Ok(Ready { stacks: vec![sdk, tls], ..Ready::default() })
}

fn rust() -> Result<Ready> {
    let mut cargo = Command::new("cargo");
    // Beside everything else that is built: some of what it needs is there.
    let target = root().join("target");
    cargo.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(programs("sdk/rust/Cargo.toml"));
    cargo.arg("--target-dir").arg(&target).current_dir(root());
    output("cargo build of Temporal's Rust SDK", &mut cargo, INSTALLATION)?;
    let binary = target.join("debug").join(format!("interop-sdk{}", std::env::consts::EXE_SUFFIX));
    let version = after(include_str!("../../../interop/sdk/rust/Cargo.lock"), "name = \"temporalio-client\"");
    let none: [PathBuf; 0] = [];
    Ok(Ready { stacks: vec![stack("Rust SDK", version, binary, none)?], ..Ready::default() })
}

fn openssl() -> Result<Ready> {
    tools::openssl()?;
    tool("openssl", "openssl", "version")
}

fn gnutls() -> Result<Ready> {
    if !works("gnutls-cli", "--version") {
        apt::install("gnutls-bin")?;
    }
    tool("gnutls-cli", "gnutls-cli", "--version")
}

fn curl() -> Result<Ready> {
    if !works("curl", "--version") {
        apt::install("curl")?;
    }
    tool("curl", "curl", "--version")
}

fn tool(name: &str, program: &str, version: &str) -> Result<Ready> {
    let version = said(Command::new(program).arg(version))?;
    let arguments = [programs("tls/command.py").into_os_string(), program.into()];
    Ok(Ready { stacks: vec![stack(name, version, "python3", arguments)?], ..Ready::default() })
}

fn stack<A: Into<OsString>, const N: usize>(
    name: &str,
    version: String,
    program: impl Into<OsString>,
    arguments: [A; N],
) -> Result<Stack> {
    let model = MODELS.iter().find(|model| model.name == name).ok_or_else(|| format!("{name} is not in the list"))?;
    let program = std::iter::once(program.into()).chain(arguments.map(Into::into)).collect();
    Ok(Stack { model, version, program })
}

/// The first line of what a program says of itself, wherever it says it.
fn said(command: &mut Command) -> Result<String> {
    let name = format!("version of {}", command.get_program().to_string_lossy().replace(['/', '\\'], "_"));
    let finished = Running::start(&name, command, Stdio::null(), STEP)?.finish()?;
    let line = finished.stdout.lines().chain(finished.stderr.lines()).next().unwrap_or_default();
    let line = line.split(" (").next().unwrap_or_default().trim().to_owned();
    if finished.status.success() && !line.is_empty() { Ok(line) } else { Err(finished.unexpected("a version").into()) }
}

/// The version that a file of dependencies gives after this text.
fn after(text: &str, mark: &str) -> String {
    let rest = text.split_once(mark).map_or("", |(_, rest)| rest);
    let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect()
}

fn with(flag: &str, path: PathBuf) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(path);
    argument
}

fn programs(path: &str) -> PathBuf {
    root().join(Path::new("xtask").join("interop").join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sdk_is_pinned_to_a_version() {
        let pins = [
            (include_str!("../../../interop/sdk/node/package.json"), "\"@temporalio/client\""),
            (include_str!("../../../interop/sdk/go/go.mod"), "go.temporal.io/sdk"),
            (include_str!("../../../interop/sdk/java/pom.xml"), "<artifactId>temporal-sdk</artifactId>"),
            (include_str!("../../../interop/sdk/rust/Cargo.lock"), "name = \"temporalio-client\""),
        ];
        for (file, mark) in pins {
            assert_eq!(after(file, mark).split('.').count(), 3, "{mark}");
        }
    }
}
