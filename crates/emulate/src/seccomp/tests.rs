//! Filters, against an interpreter of the kernel's language.

use super::*;

/// What the kernel does with a call: the filter language, interpreted.
fn verdict(program: &[Instruction], architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
    let mut data = Vec::new();
    data.extend(number.to_ne_bytes());
    data.extend(architecture.to_ne_bytes());
    data.extend(0u64.to_ne_bytes());
    arguments.iter().for_each(|argument| data.extend(argument.to_ne_bytes()));
    let (mut at, mut a) = (0usize, 0u32);
    loop {
        let it = program[at];
        at += 1;
        let jump = |holds: bool| usize::from(if holds { it.if_so } else { it.if_not });
        match it.code {
            LOAD => {
                let from = it.value as usize;
                a = u32::from_ne_bytes(data[from..from + 4].try_into().unwrap());
            }
            AND => a &= it.value,
            JUMP => at += it.value as usize,
            EQUAL => at += jump(a == it.value),
            ABOVE => at += jump(a > it.value),
            AT_LEAST => at += jump(a >= it.value),
            RETURN => return it.value,
            other => panic!("no such instruction: {other:#x}"),
        }
    }
}

fn rule(names: &[&str], action: &str, args: Vec<Argument>) -> Rule {
    Rule {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        action: action.into(),
        errno_ret: None,
        args,
    }
}

fn argument(index: u32, op: &str, value: u64, value_two: u64) -> Argument {
    Argument { index, value, value_two, op: op.into() }
}

fn profile(default: &str, syscalls: Vec<Rule>) -> Profile {
    Profile { default_action: default.into(), syscalls, ..Profile::default() }
}

fn of(name: &str) -> u32 {
    calls::number(name).unwrap()
}

/// Numbers that look random and are the same in each run.
struct Numbers(u64);
impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.next() % of.len() as u64) as usize]
    }
    /// Values around which comparisons go wrong.
    fn value(&mut self) -> u64 {
        let near =
            self.one_of(&[0, 1, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, u64::MAX, 1 << 63, 0x7f00_0000]);
        if self.next().is_multiple_of(4) {
            self.next()
        } else {
            near.wrapping_add(self.next() % 3).wrapping_sub(1)
        }
    }
}

#[test]
fn the_table_is_in_the_order_of_its_names_and_agrees_with_the_c_library() {
    assert!(calls::CALLS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    for (name, number) in [
        ("read", libc::SYS_read),
        ("clone3", libc::SYS_clone3),
        ("lseek", libc::SYS_lseek),
        ("newfstatat", libc::SYS_newfstatat),
        ("sendfile", libc::SYS_sendfile),
        ("mmap", libc::SYS_mmap),
        ("fcntl", libc::SYS_fcntl),
        ("prlimit64", libc::SYS_prlimit64),
    ] {
        assert_eq!(i64::from(of(name)), number, "{name}");
    }
}

#[test]
fn each_comparison_decides_as_numbers_of_64_bits_do() {
    let mut numbers = Numbers(0x1234_5678_9abc_def1);
    let tests = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"];
    let number = of("personality");
    for _ in 0..4000 {
        let count = 1 + numbers.next() % 3;
        let conditions: Vec<Argument> = (0..count)
            .map(|index| {
                let op = format!("SCMP_CMP_{}", numbers.one_of(&tests));
                argument(u32::try_from(index).unwrap() * 2, &op, numbers.value(), numbers.value())
            })
            .collect();
        let second = vec![argument(5, "SCMP_CMP_GT", numbers.value(), 0)];
        let profile = profile(
            "SCMP_ACT_ERRNO",
            vec![
                rule(&["personality"], "SCMP_ACT_ALLOW", conditions.clone()),
                rule(&["personality"], "SCMP_ACT_LOG", second.clone()),
            ],
        );
        let program = compile(&profile).unwrap();
        for _ in 0..8 {
            let arguments = std::array::from_fn(|_| numbers.value());
            let holds = |conditions: &[Argument]| {
                conditions.iter().all(|condition| {
                    let given: u64 = arguments[condition.index as usize];
                    match condition.op.as_str() {
                        "SCMP_CMP_NE" => given != condition.value,
                        "SCMP_CMP_LT" => given < condition.value,
                        "SCMP_CMP_LE" => given <= condition.value,
                        "SCMP_CMP_EQ" => given == condition.value,
                        "SCMP_CMP_GE" => given >= condition.value,
                        "SCMP_CMP_GT" => given > condition.value,
                        _ => given & condition.value == condition.value_two,
                    }
                })
            };
            let expected = match (holds(&conditions), holds(&second)) {
                (true, _) => ALLOW,
                (_, true) => LOG,
                _ => ERRNO | 1,
            };
            let got = verdict(&program, NATIVE.0, number, arguments);
            assert_eq!(got, expected, "{conditions:?} {second:?} {arguments:x?}");
        }
    }
}

#[test]
fn every_number_gets_the_action_of_its_rule() {
    let mut numbers = Numbers(77);
    let actions =
        ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRAP", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL"];
    let values = [ALLOW, LOG, TRAP, KILL_PROCESS, KILL_THREAD];
    for _ in 0..50 {
        let given: Vec<(&str, u32, usize)> = calls::CALLS
            .iter()
            .filter(|_| numbers.next().is_multiple_of(2))
            .map(|(name, number)| (*name, *number))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(name, number)| (name, number, (numbers.next() % 5) as usize))
            .collect();
        let rules = given.iter().map(|(name, _, way)| rule(&[name], actions[*way], Vec::new())).collect();
        let program = compile(&profile("SCMP_ACT_ERRNO", rules)).unwrap();
        let last = given.iter().map(|(_, number, _)| *number).max().unwrap();
        for number in 0..last + 20 {
            let known = given.iter().find(|(_, known, _)| *known == number).map(|(_, _, way)| values[*way]);
            let expected = known.unwrap_or(if number > last { ERRNO | 38 } else { ERRNO | 1 });
            assert_eq!(verdict(&program, NATIVE.0, number, [0; 6]), expected, "{number}");
        }
    }
}

#[test]
fn other_architectures_get_no_more_than_the_default() {
    let rules = || vec![rule(&["read"], "SCMP_ACT_ALLOW", Vec::new())];
    let closed = compile(&profile("SCMP_ACT_ERRNO", rules())).unwrap();
    assert_eq!(verdict(&closed, FOREIGN.0, of("read"), [0; 6]), KILL_THREAD);
    assert_eq!(verdict(&closed, 0x1234, of("read"), [0; 6]), KILL_THREAD);
    let listed = Profile {
        architectures: vec![NATIVE.1.into(), FOREIGN.1.into(), "SCMP_ARCH_X32".into()],
        ..profile("SCMP_ACT_ERRNO", rules())
    };
    let open = compile(&listed).unwrap();
    assert_eq!(verdict(&open, FOREIGN.0, of("read"), [0; 6]), ERRNO | 1);
    assert_eq!(verdict(&open, 0x1234, of("read"), [0; 6]), KILL_THREAD);
    if cfg!(target_arch = "x86_64") {
        assert_eq!(verdict(&open, NATIVE.0, X32 | of("read"), [0; 6]), ERRNO | 1);
        assert_eq!(verdict(&closed, NATIVE.0, X32 | of("read"), [0; 6]), KILL_THREAD);
    }
}

#[test]
fn what_cannot_be_given_is_said() {
    let notify = profile("SCMP_ACT_ERRNO", vec![rule(&["mount"], "SCMP_ACT_NOTIFY", Vec::new())]);
    assert!(compile(&notify).unwrap_err().contains("SCMP_ACT_NOTIFY"));
    let far = vec![rule(&["mount"], "SCMP_ACT_ALLOW", vec![argument(6, "SCMP_CMP_EQ", 0, 0)])];
    assert!(compile(&profile("SCMP_ACT_ERRNO", far)).unwrap_err().contains("argument 6"));
    let strange = vec![rule(&["mount"], "SCMP_ACT_ALLOW", vec![argument(0, "SCMP_CMP_LIKE", 0, 0)])];
    assert!(compile(&profile("SCMP_ACT_ERRNO", strange)).unwrap_err().contains("SCMP_CMP_LIKE"));
    let many = (0..2000).map(|n| rule(&["mount"], "SCMP_ACT_ALLOW", vec![argument(0, "SCMP_CMP_EQ", n, 0)]));
    assert!(compile(&profile("SCMP_ACT_ERRNO", many.collect())).unwrap_err().contains("instructions"));
}
