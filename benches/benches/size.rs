//! The table of ratios: memory. A benchmark of its own, since counting slows the allocator.

use portcullis_benches::ports;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    let _profiler = dhat::Profiler::builder().testing().build();
    println!("{}", ports::size(|| dhat::HeapStats::get().curr_bytes));
}
