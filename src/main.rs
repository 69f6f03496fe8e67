use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(gate::cli::run())
}
