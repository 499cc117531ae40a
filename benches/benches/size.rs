//! The table of ratios: memory. A benchmark of its own, since counting slows the allocator.

use std::process::ExitCode;

use portcullis_benches::{ports, row};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() -> ExitCode {
    let _profiler = dhat::Profiler::builder().testing().build();
    row::print([ports::size(|| dhat::HeapStats::get().curr_bytes)])
}
