# check-config: every kind of broken file on disk, as root and as an ordinary user; what it prints
# of a good one. No message, whatever the file, may hold a password, and none may take a second.
use strict;
use warnings;

use Cwd qw(realpath);
use File::Basename qw(dirname);
use File::Temp ();
use IO::Socket::UNIX;
use IPC::Run ();
use POSIX qw(mkfifo);
use File::Glob qw(:bsd_glob); # a checkout may lie below a path with spaces
use Patience;
use Test::More;
use Time::HiRes ();

use constant SECRET    => 's3cret';
use constant EX_CONFIG => 78;
use constant VALID     => "cluster: x\nnodes: [{name: a, host: h}]\n";

my $checkout = realpath(dirname(__FILE__) . '/../..');
my $folder   = File::Temp::tempdir('pgwatch-check-XXXXXX', DIR => '/tmp', CLEANUP => 1);
my $program  = "$folder/pgwatch-tui";
my @as;    # what runs the program as another user

# A copy, because the other user may not reach the checkout.
system('cp', $ENV{PGWATCH_TUI} // "$checkout/pgwatch-tui", $program) == 0 or die;
chmod 0755, $folder, $program;
chdir $folder or die;
delete @ENV{qw(PGWATCH_PASSWORD PGWATCH_TUI_CONFIG XDG_CONFIG_HOME)};
$ENV{HOME} = $folder;

sub write_file
{
	my ($name, $text, $mode) = @_;
	unlink $name;
	open my $file, '>:raw', $name or die "cannot write $name: $!";
	print $file $text;
	close $file or die;
	chmod $mode // 0644, $name or die;
	return $name;
}

# What the program said and how it ended; checks what must hold for every run.
sub check_config
{
	my ($file, @arguments) = @_;
	my ($out, $err) = ('', '');
	my $start  = Time::HiRes::time();
	my $handle = IPC::Run::start([ @as, $program, 'check-config', $file, @arguments ],
		'<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(20));
	if (!eval { $handle->finish(); 1 })
	{
		$handle->kill_kill();
		BAIL_OUT("check-config $file hangs");
	}
	my $status = $handle->full_result(0);
	my $took   = Time::HiRes::time() - $start;
	my $name   = $file =~ s{.*/}{}r;

	cmp_ok($took, '<', patience($ENV{SAN} ? 5 : 1), "$name: told in time");
	is($status & 127, 0, "$name: no signal");
	unlike("$out$err", qr/@{[SECRET]}/, "$name: no secret in what is said");
	unlike($err, qr/[^\x20-\x7e\x80-\xff\n]/, "$name: no control character in what is said");
	return ($status >> 8, $out, $err);
}

sub refused
{
	my ($file, $expected, $what) = @_;
	my ($status, $out, $err) = check_config($file);

	is($status, EX_CONFIG, "$what: exit status");
	is($out, '', "$what: nothing on standard output");
	if (ref $expected) { like($err, $expected, "$what: message") }
	else               { is($err, $expected, "$what: message") }
	return;
}

sub test_no_files
{
	refused('missing.yaml',
		"missing.yaml: cannot be read: No such file or directory; is the path right?\n",
		'no such file');
	refused('.', ".: is a directory; a cluster description is a regular file\n", 'a directory');
	refused('fifo', "fifo: is a FIFO; a cluster description is a regular file\n", 'a FIFO');
	refused('socket', "socket: is a socket; a cluster description is a regular file\n", 'a socket');
	foreach my $device (qw(/dev/zero /dev/null /dev/urandom))
	{
		refused($device, "$device: is a device; a cluster description is a regular file\n", $device);
	}
	refused('loop', qr/^loop: cannot be read: Too many levels of symbolic links/, 'a link to itself');
	refused('dangling', qr/^dangling: cannot be read: No such file/, 'a link to nothing');
	refused('x' x 300, qr/: cannot be read: File name too long/, 'a name that is too long');
	refused('huge.yaml', "huge.yaml: is larger than 1 MiB; a cluster description has a few kB\n", '2 MiB');
	refused("new\nline.yaml", qr/^new line\.yaml: cannot be read/, 'a name with a line break');
	return;
}

sub test_broken_texts
{
	my @cases = (
		[ 'an empty file', '', "t.yaml: is empty; config/ has examples to start from\n" ],
		[ 'comments alone', "# x\n", "t.yaml: is empty; config/ has examples to start from\n" ],
		[ 'a tab', "cluster: x\nnodes:\n\t- name: a\n", qr/^t\.yaml:3:1: not YAML: .*; indent with blanks, not with tabs$/ ],
		[ 'latin-1', "cluster: caf\xe9\n", "t.yaml:1:13: not UTF-8: byte 0xE9; save the file as UTF-8\n" ],
		[ 'UTF-16', "\xff\xfec\0l\0", "t.yaml:1:1: is UTF-16, not UTF-8; save the file as UTF-8\n" ],
		[ 'a NUL', "cluster: x\0\n", "t.yaml:1:11: a NUL byte; a cluster description is plain text in UTF-8\n" ],
		[ 'an escape sequence', "cluster: \e[31mx\n", "t.yaml:1:10: character U+001B is not taken here; remove it\n" ],
		[ 'a program', "\x7fELF\x02\x01\x01\0", qr/^t\.yaml:1:1: character U\+007F/ ],
		[ 'unclosed', "cluster: \"x\n", qr/^t\.yaml:2:1: not YAML: found unexpected end of stream/ ],
		[ 'deep', '[' x 100_000, "t.yaml:1:17: nested too deeply; no description needs more than 4 levels\n" ],
		[ 'aliases', "cluster: &a x\nlab: *a\n" . 'nodes: [{name: a, host: h}]',
			qr/\At\.yaml:1:10: an anchor \(&\).*\nt\.yaml:2:6: an alias \(\*\).*\n\z/ ],
		[ 'two documents', VALID . "---\n" . VALID, "t.yaml:3:1: a second document (---); one file describes one cluster\n" ],
		[ 'a long line', 'cluster: ' . 'x' x 1_000_000, qr/cluster is longer than 63 bytes/ ],
		[ 'many keys', join('', map { "k$_: 1\n" } 1 .. 80_000), qr/there are more problems than these 100; mend these first\n\z/ ],
	);

	foreach my $case (@cases)
	{
		my ($what, $text, $expected) = @$case;
		write_file('t.yaml', $text);
		refused('t.yaml', $expected, $what);
	}
	return;
}

# One run tells everything that is wrong, in the order of the file.
sub test_all_at_once
{
	write_file('t.yaml', <<'EOF');
clutser: x
lab: 3
stack: {kind: compose, data: x}
connection:
  password: [s3cret]
  sslmode: verify
nodes:
  - {name: a, host: h, port: 99999}
  - {name: A, host: i}
  - {name: c}
  - {name: d, conninfo: "host=h password=s3cret wrong=1"}
  - {name: e, conninfo: "postgresql://u:s3cret@h1,h2/"}
poll: {interval: 1, interval: 2s}
limits: {replay_lag: 5 minutes}
EOF
	my ($status, $out, $err) = check_config('t.yaml');
	is($status, EX_CONFIG, 'all problems: exit status');
	is($err, <<'EOF', 'all problems in one go, in file order');
t.yaml:1:1: unknown key "clutser" in the top level; did you mean "cluster"?
t.yaml:1:1: cluster is missing; name of the cluster: shown in the header, typed to confirm destructive actions
t.yaml:2:6: lab must be true or false, not a number; write true or false
t.yaml:3:8: stack.file is missing; the compose file
t.yaml:3:8: stack.project is missing; the compose project; only its containers are ever touched
t.yaml:3:24: stack.data is not for kind: compose; it is for kind: local
t.yaml:5:13: connection.password must be text, not a list; write one value
t.yaml:6:12: connection.sslmode is not known: "verify"; disable, allow, prefer, require, verify-ca or verify-full
t.yaml:8:30: port of node "a" is not a port: "99999"; a number from 1 to 65535
t.yaml:9:6: a second node "A"; the first is on line 8; upper and lower case are the same
t.yaml:10:5: node "c" has nothing to connect to; say host, hostaddr or conninfo
t.yaml:11:25: conninfo of node "d" has a keyword that libpq does not know; a value with blanks or quotes in it needs quotes: keyword='value'; in a URI, percent-encode it
t.yaml:12:25: conninfo of node "e" has several hosts; a node is one server: describe each as a node of its own
t.yaml:13:18: poll.interval has no unit: "1"; write 1s
t.yaml:13:21: "interval" is there twice; the first is on line 13: remove one
t.yaml:14:22: limits.replay_lag is not a time: "5 minutes"; write it as 500ms, 2s, 1.5min or 1h
EOF
	return;
}

# Root reads everything: only another user sees what cannot be read.
sub test_unreadable
{
	write_file('t.yaml', VALID, 0000);
	refused('t.yaml',
		"t.yaml: cannot be read: Permission denied; the user of this program needs permission to read it\n",
		'not readable');
	refused('closed/t.yaml', qr{^closed/t\.yaml: cannot be read: Permission denied}, 'in a closed folder');
	return;
}

sub test_usage
{
	my ($status, $out, $err) = check_config('a', 'b');
	is($status, 64, 'two files: usage');
	like($err, qr/too many arguments/, 'two files: message');
	($status, $out, $err) = check_config('--help');
	is($status, 0, 'help');
	like($out, qr/Usage: pgwatch-tui check-config.*--config FILE/s, 'help: text');
	return;
}

# What is printed is itself a description that means the same.
sub test_understood
{
	write_file('t.yaml', <<'EOF', 0600);
cluster: "a \"b\": c"
connection: {user: u, password: s3cret, sslcert: certs/c.crt, options: "-c a=b"}
nodes:
  - {name: n1, host: h, port: 5433}
  - {name: n2, conninfo: "postgresql://x:s3cret@h/db?password=s3cret"}
  - {name: "yes", host: /run/pg, user: "12"}
probe: {levels: [on]}
limits: {replay_behind: 1.5MB}
EOF
	my ($status, $out, $err) = check_config('t.yaml');
	is($status, 0, 'understood: exit status');
	is($err, '', 'understood: no message');
	like($out, qr/^cluster: "a \\"b\\": c" +# line 1$/m, 'quoted where YAML needs it');
	like($out, qr/^    password: "\*{8}" +# line 2, connection$/m, 'a password is masked');
	like($out, qr{^    conninfo: "postgresql://x:\*{8}\@h/db\?password=\*{8}" +# line 5$}m, 'in a URI too');
	like($out, qr{^    sslcert: $folder/certs/c\.crt }m, 'paths are absolute');
	like($out, qr/^  interval: 1s +# default$/m, 'a default');
	like($out, qr/^  levels: \[on\] +# line 7$/m, 'a list');
	like($out, qr/^  replay_behind: 1536kB +# line 8$/m, 'a size, exactly');

	write_file('again.yaml', $out, 0600);
	my ($status2, $again) = check_config('again.yaml');
	my @texts = map { s/ *#.*//gmr } $out, $again;
	is($status2, 0, 'what is printed can be read');
	is($texts[1], $texts[0], 'and means the same');
	return;
}

sub test_warning
{
	write_file('t.yaml', VALID . "connection: {password: s3cret}\n", 0644);
	my ($status, $out, $err) = check_config('t.yaml');
	is($status, 0, 'a warning is no failure');
	is($err, 't.yaml:3:24: warning: a password in a file that others can read; '
		  . "chmod 600 the file, or take it from \${VARIABLE} or a passfile\n", 'a password that others can read');
	like($out, qr/^cluster: x/m, 'and what was understood');
	return;
}

sub test_search
{
	my ($status, $out, $err) = check_config('--color=never');
	is($status, EX_CONFIG, 'nothing found: exit status');
	like($err, qr{looked for \$PGWATCH_TUI_CONFIG, \./pgwatch-tui\.yaml, \Q$folder\E/\.config/pgwatch-tui/config\.yaml, /etc/},
		'nothing found: says where it looked');
	local $ENV{PGWATCH_TUI_CONFIG} = write_file('named.yaml', VALID);
	($status, $out) = check_config('--color=never');
	is($status, 0, 'found by the environment');
	like($out, qr{^# \Q$folder\E/named\.yaml$}m, 'and named');
	return;
}

sub test_everything
{
	test_no_files();
	test_broken_texts() if !@as;
	test_all_at_once();
	test_usage();
	return;
}

mkfifo('fifo', 0644) or die;
my $socket = IO::Socket::UNIX->new(Local => 'socket', Listen => 1) or die;
symlink 'loop', 'loop' or die;
symlink 'nothing', 'dangling' or die;
mkdir 'closed' or die;
write_file('closed/t.yaml', VALID);
chmod 0000, 'closed' or die;
write_file('huge.yaml', '# ' . 'x' x (2 * 1024 * 1024));

test_everything();
test_understood();
test_warning();
test_search();
foreach my $file (glob "$checkout/config/*.yaml")
{
	my ($status, $out, $err) = check_config($file);
	is($status, 0, "$file is taken");
	is($err, '', "$file: nothing to say about it");
}
SKIP:
{
	skip 'not root: these were run as an ordinary user already', 1 if $> != 0;
	@as = qw(setpriv --reuid=nobody --regid=nogroup --clear-groups --);
	test_everything();
}
SKIP:
{
	skip 'root without an ordinary user', 1 if $> == 0 && !@as;
	test_unreadable();
}
chmod 0755, 'closed';
done_testing();
