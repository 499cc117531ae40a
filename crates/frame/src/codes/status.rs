//! Status codes (IEEE 802.11-2020, Table 9-50).

use super::codes;

codes! {
    /// How a request was answered. Reads as `0 (success)`.
    StatusCode {
        0 SUCCESS "success" "The request was granted.";
        1 UNSPECIFIED_FAILURE "unspecified failure" "The request was refused, and no cause was given.";
    }
}
