# The demo: it works, and whatever ends it, nothing is left: no process, no folder, no file in the
# checkout.
use strict;
use warnings;

use Cwd qw(realpath);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use File::Temp ();
use LocalStack;
use POSIX ();
use Patience;
use Test::More;
use Time::HiRes qw(time);

# Demos of others on this machine are none of our business: a temporary folder of our own.
my $folder = File::Temp::tempdir('pgwatch-demo-test-XXXXXX', TMPDIR => 1);
chmod 0711, $folder;
$ENV{TMPDIR} = $folder;
our $output = "$folder/output";
my $test = $$;

sub wait_until { return LocalStack::wait_until(@_) }

sub output { return LocalStack::slurp($output) }

sub git_status
{
	chdir $LocalStack::checkout or die;
	return scalar `git status --porcelain --ignored -- primary replica-one replica-two config 2>/dev/null`;
}

sub start
{
	unlink $output;
	my $pid = fork() // die;
	return $pid if $pid;
	$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', $output;
	open STDERR, '>&', \*STDOUT;
	exec $LocalStack::program, 'demo', @_ or POSIX::_exit(127);
}

sub folders { return glob "$folder/pgwatch-tui-demo-*" }

# Live processes that know of our folder, but for the demo itself.
sub servers
{
	my @found;
	for my $directory (glob '/proc/[0-9]*')
	{
		my ($pid) = $directory =~ /(\d+)/;
		next if $pid == $$ || LocalStack::slurp("$directory/stat") =~ /\) [ZX] /;
		my $text = (readlink("$directory/cwd") // '') . LocalStack::slurp("$directory/cmdline");
		push @found, $pid if index($text, "$folder/pgwatch-tui-demo-") >= 0;
	}
	return @found;
}

sub nothing_is_left
{
	my ($what) = @_;
	is(join(' ', servers()), '', "$what: no process is left");
	is(join(' ', folders()), '', "$what: no folder is left");
}

sub status_of
{
	my ($pid) = @_;
	my $done = wait_until(60, sub { waitpid($pid, POSIX::WNOHANG()) == $pid });
	ok($done, 'it ends') or kill 'KILL', $pid;
	return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

my $before = git_status();

subtest 'through a pipe' => sub {
	my $started = time;
	my $out = `'$LocalStack::program' demo 2>$folder/errors </dev/null`;
	my $took = time - $started;
	is($? >> 8, 0, 'the status is that of its health') or diag LocalStack::slurp("$folder/errors");
	like($out, qr/^replication test passed\n.*HEALTHY/ms, 'the replication test, then the table');
	like($out, qr/^\W*replica1 .*streaming .*sync 1/m, '... with a synchronous standby');
	unlike($out, qr/making a new cluster/, '... and no progress');
	like(LocalStack::slurp("$folder/errors"), qr/^primary: runs as primary on port \d+$/m,
		'progress is on stderr');
	cmp_ok($took, '<', patience(30), sprintf 'it takes %.1f s', $took);
	nothing_is_left('after the table');
};

for my $signal (qw(TERM INT HUP))
{
	# Up to where the start has come when the signal arrives.
	for my $point (qr/a cluster for this demo/, qr/making a new cluster/, qr/runs as primary/,
		qr/replica\d: copying primary/)
	{
		subtest "$signal at: $point" => sub {
			my $pid = start();
			ok(wait_until(60, sub { output() =~ $point }), 'the start is there');
			kill $signal, $pid;
			my %number = (TERM => 15, INT => 2, HUP => 1);
			is(status_of($pid), 128 + $number{$signal}, 'its status tells of the signal')
			  or diag output();
			nothing_is_left($signal);
		};
	}
}

subtest 'a second one cleans up after one that was killed' => sub {
	for my $point (qr/a cluster for this demo/, qr/making a new cluster/, qr/replica\d: copying/,
		qr/replica\d: runs as standby/)
	{
		my $pid = start();
		ok(wait_until(60, sub { output() =~ $point }), "killed at: $point");
		kill 'KILL', $pid;
		waitpid $pid, 0;
		is(scalar(my @left = folders()), 1, 'it leaves its folder');
		$pid = start();
		is(status_of($pid), 0, 'the second one works') or diag output();
		like(output(), qr/removing what an earlier demo left/, '... and says what it removes');
		nothing_is_left('after the second');
	}
};

subtest 'two at a time' => sub {
	my $first = start();
	ok(wait_until(60, sub { output() =~ /runs as primary/ }), 'one starts');
	my $out = `'$LocalStack::program' demo 2>$folder/errors </dev/null`;
	is($? >> 8, 0, 'the other works beside it') or diag LocalStack::slurp("$folder/errors");
	unlike(LocalStack::slurp("$folder/errors"), qr/removing/, '... and does not touch it');
	is(status_of($first), 0, 'and so does the first') or diag output();
	nothing_is_left('both');
};

sub ports_in
{
	my ($temporary) = @_;
	my (undef, @ports) = split ' ', LocalStack::slurp((glob "$temporary/pgwatch-tui-demo-*/owner")[0]);
	return @ports;
}

# As those of two users: neither sees the other's folder, and none of its servers listens yet.
subtest 'two at a time, in folders of their own' => sub {
	mkdir "$folder/other", 0711 or die;
	my $first = start();
	ok(wait_until(60, sub { output() =~ /a cluster for this demo/ }), 'one starts');
	my @ports = ports_in($folder);
	is(scalar(@ports), 3, 'it has chosen its ports');
	local ($ENV{TMPDIR}, $output) = ("$folder/other", "$folder/other/output");
	my $second = start();
	ok(wait_until(60, sub { output() =~ /a cluster for this demo/ }), 'and another');
	my %others = map { $_ => 1 } ports_in("$folder/other");
	is(scalar(keys %others), 3, '... has chosen, too');
	is(join(' ', grep { $others{$_} } @ports), '', '... others');
	kill 'TERM', $first, $second;
	is(status_of($_), 143, 'it ends') for $first, $second;
	nothing_is_left('both');
};

# The program and the node directories as they lie in a checkout or under a PREFIX.
sub lay_out
{
	my ($bin, $share) = @_;
	make_path($bin, $share);
	system('cp', $LocalStack::program, "$bin/pgwatch-tui") == 0 or die;
	system('cp', '-R', (map { "$LocalStack::checkout/$_" } qw(primary replica-one replica-two)), $share) == 0
	  or die;
	return "$bin/pgwatch-tui";
}

subtest 'wherever it lies' => sub {
	my $odd = "$folder/it's a \"copy\" of \${HOME} \$\$";
	for (['beside the program, in a folder of an odd name', lay_out($odd, $odd)],
		['installed', lay_out("$folder/prefix/bin", "$folder/prefix/share/pgwatch-tui")])
	{
		my ($what, $program) = @$_;
		local $LocalStack::program = $program;
		my $pid = start();
		is(status_of($pid), 0, $what) or diag output();
		unlike(output(), qr/ on port 5544[234]$/m, '... on no port of config/local.yaml');
		nothing_is_left($what);
	}
};

subtest 'node directories of a stranger are not run' => sub {
	plan skip_all => 'only root can make some' if $> != 0;
	local $LocalStack::program = lay_out("$folder/theirs/bin", "$folder/theirs");
	chown scalar getpwnam('nobody'), -1, "$folder/theirs/primary/init-primary.sh" or die;
	my $pid = start();
	is(status_of($pid), 2, 'it fails');
	like(output(), qr/node directories .* are neither/, '... and says that it found none');
	nothing_is_left('without node directories');
};

subtest 'TMPDIR with a quote in it' => sub {
	local $ENV{TMPDIR} = "$folder/it's";
	mkdir $ENV{TMPDIR}, 0755;
	my $pid = start();
	is(status_of($pid), 0, 'it goes elsewhere') or diag output();
};

subtest 'a start that fails' => sub {
	my $program = lay_out("$folder/broken", "$folder/broken");
	LocalStack::write_file("$folder/broken/replica-one/postgresql.conf", "no_such_setting = 1\n");
	local $LocalStack::program = $program;
	my $pid = start();
	is(status_of($pid), 2, 'it fails');
	like(output(), qr/^replica1: .*unrecognized configuration parameter "no_such_setting"/m,
		'the log is shown, because it goes');
	unlike(output(), qr/the rest is in/, '... and is not pointed to');
	nothing_is_left('after a failed start');
};

subtest 'Ctrl-C while the removal fails' => sub {
	mkdir "$folder/stand-ins" or die;
	LocalStack::write_file("$folder/stand-ins/rm", <<"END");
#!/bin/sh
case "\$*" in
*/pgwatch-tui-demo-*/data/primary)
	: >$folder/reached
	until [ -e $folder/go ]; do sleep 0.1; done
	exit 1
	;;
esac
exec /bin/rm "\$@"
END
	chmod 0755, "$folder/stand-ins/rm";
	my $interrupted = sub {
		my ($what) = @_;
		unlink "$folder/reached", "$folder/go";
		local $ENV{PATH} = "$folder/stand-ins:$ENV{PATH}";
		my $pid = start();
		ok(wait_until(120, sub { -e "$folder/reached" }), "$what is under way") or diag output();
		kill 'INT', $pid;
		LocalStack::write_file("$folder/go", '');
		return status_of($pid);
	};
	is($interrupted->('the removal'), 2, 'it fails') or diag output();
	like(output(), qr/is left; the next demo tries to remove it again/, '... and says what is left');
	is(scalar(my @kept = glob "$folder/pgwatch-tui-demo-*/pgwatch-tui.yaml"), 1,
		'... with its description');
	is($interrupted->('the removal of what is left'), 130, 'what comes then ends the next one') or diag output();
	unlike(output(), qr/runs as primary/, '... before it starts anything');
	my $pid = start();
	is(status_of($pid), 0, 'the next one works') or diag output();
	nothing_is_left('after the next one');
};

subtest 'usage' => sub {
	my $pid = start('config.yaml');
	is(status_of($pid), 64, 'it takes no CONFIG');
	$pid = start('--help');
	is(status_of($pid), 0, '--help');
	like(output(), qr/temporary folder/, '... tells what it does');
};

subtest 'without PostgreSQL' => sub {
	plan skip_all => 'PostgreSQL is where it cannot be hidden'
	  if grep { -x "$_/initdb" } '/usr/local/pgsql/bin', glob '/usr/pgsql-*/bin /usr/lib/postgresql/*/bin';
	local $ENV{PATH} = '/nonexistent';
	my $pid = start();
	is(status_of($pid), 2, 'it fails');
	like(output(), qr/were not found: looked/, '... and says where it looked');
};

is(git_status(), $before, 'the checkout is as it was');

END
{
	my $status = $?;
	if ($$ == $test)
	{
		kill 'KILL', servers();
		remove_tree($folder, { error => \my $ignored });
	}
	$? = $status;
}

done_testing();
