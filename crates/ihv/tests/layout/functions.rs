//! The types of the functions, as C spells them: Rust's own types say how.

use core::ffi::c_void;
use portcullis_ihv::abi::*;
use std::fmt::Write as _;

/// A type of Rust's, in C.
trait Spelled {
    fn spelling() -> String;
}

macro_rules! spelled {
    ($($rust:ty = $c:expr;)*) => {
        $(impl Spelled for $rust {
            fn spelling() -> String {
                $c.into()
            }
        })*
    };
}

spelled! {
    c_void = "void";
    () = "void";
    u8 = "uint8_t";
    u16 = "uint16_t";
    u32 = "uint32_t";
    i32 = "int32_t";
    DOT11_MAC_ADDRESS = "DOT11_MAC_ADDRESS";
}

macro_rules! spelled_as_they_are_called {
    ($($structure:ident)*) => {
        spelled! { $($structure = stringify!($structure);)* }
    };
}

spelled_as_they_are_called! {
    GUID L2_NOTIFICATION_DATA EAP_ATTRIBUTES WTSSESSION_NOTIFICATION
    DOT11_ADAPTER DOT11_ASSOCIATION_COMPLETION_PARAMETERS DOT11_BSS_LIST DOT11_CIPHER_DEFAULT_KEY_VALUE
    DOT11_CIPHER_KEY_MAPPING_KEY_VALUE DOT11_IHV_VERSION_INFO DOT11_MSONEX_RESULT_PARAMS DOT11_PORT_STATE
    DOT11_PRIVACY_EXEMPTION
    DOT11EXT_APIS DOT11EXT_IHV_CONNECTIVITY_PROFILE DOT11EXT_IHV_DISCOVERY_PROFILE_LIST DOT11EXT_IHV_HANDLERS
    DOT11EXT_IHV_PROFILE_PARAMS DOT11EXT_IHV_SECURITY_PROFILE DOT11EXT_IHV_UI_REQUEST
    DOT11EXT_VIRTUAL_STATION_AP_PROPERTY DOT11EXT_VIRTUAL_STATION_APIS
}

impl<T: Spelled> Spelled for *mut T {
    fn spelling() -> String {
        format!("{} *", T::spelling())
    }
}

/// A pointer to a function, in C: what comes before its name, and what comes behind.
trait Function {
    fn around() -> (String, String);
}

macro_rules! functions_of {
    ($($($parameter:ident)*;)*) => {$(
        impl<R: Spelled $(, $parameter: Spelled)*> Function for unsafe extern "system" fn($($parameter),*) -> R {
            fn around() -> (String, String) {
                let parameters: Vec<String> = vec![$($parameter::spelling()),*];
                let parameters = match parameters.is_empty() {
                    true => "void".into(),
                    false => parameters.join(", "),
                };
                (format!("{} (PORTCULLIS_CALL *", R::spelling()), format!(")({parameters})"))
            }
        }

        impl<R: Spelled $(, $parameter: Spelled)*> Function for Option<unsafe extern "system" fn($($parameter),*) -> R> {
            fn around() -> (String, String) {
                <unsafe extern "system" fn($($parameter),*) -> R>::around()
            }
        }
    )*};
}

functions_of! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
}

/// How the row of a table is declared with the name `row`.
fn declaration<F: Function>() -> String {
    let (before, behind) = F::around();
    format!("{before}row{behind}")
}

/// The same, for the row that a projection leads to.
fn declaration_of_target<S, F: Function>(_: fn(&S) -> &F) -> String {
    declaration::<F>()
}

macro_rules! rows {
    ($($table:ident { $($field:ident),* })*) => {
        vec![$($((
            stringify!($table),
            stringify!($field),
            declaration_of_target(|table: &$table| &table.$field),
        )),*),*]
    };
}

/// A C program in which each row of the tables, and each export, meets a pointer of the type that Rust has for it.
pub(crate) fn meetings() -> String {
    let mut program = String::new();
    for (index, (table, field, declaration)) in crate::with_tables!(rows).into_iter().enumerate() {
        writeln!(
            program,
            "void meet_{index}(const {table} *table) {{ {declaration} = table->{field}; (void)row; }}"
        )
        .unwrap();
    }
    for (function, declaration) in [
        (
            "Dot11ExtIhvGetVersionInfo",
            declaration::<DOT11EXTIHV_GET_VERSION_INFO>(),
        ),
        ("Dot11ExtIhvInitService", declaration::<DOT11EXTIHV_INIT_SERVICE>()),
        (
            "Dot11ExtIhvInitVirtualStation",
            declaration::<DOT11EXTIHV_INIT_VIRTUAL_STATION>(),
        ),
    ] {
        writeln!(
            program,
            "void meet_{function}(void) {{ {declaration} = {function}; (void)row; }}"
        )
        .unwrap();
    }
    program
}
