use std::process::ExitCode;

/// Parsing allocates small pieces all the time. On Linux this allocator serves the C of tree-sitter too, and musl's own
/// would cost several times as much.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(gate::cli::run())
}
