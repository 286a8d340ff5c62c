# A start that is killed, interrupted or hindered at any point: the next one mends what it left. The
# points are reached through stand-ins for PostgreSQL's programs that hang before or after their work.
use strict;
use warnings;

use LocalStack;
use POSIX ();
use Test::More;

sub wait_until { return LocalStack::wait_until(@_) }

my $bindir = (sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob '/usr/lib/postgresql/*/bin')[0]
  // `pg_config --bindir`;
chomp $bindir;

# A stack whose programs are stand-ins: HANG in its folder names "PROGRAM before" or "... after". Of mv
# it is the one that puts new data into place, of rm the one after which the rewinding is over.
sub new_stack
{
	my $stack = LocalStack->new;
	my $folder = "$stack->{folder}/bin";
	mkdir $folder or die;
	symlink $_, "$folder/" . ($_ =~ m{([^/]+)$})[0] for glob "$bindir/*";
	for my $name (qw(initdb postgres pg_basebackup pg_rewind))
	{
		unlink "$folder/$name";
		LocalStack::write_file("$folder/$name", <<"END");
#!/bin/sh
hang() {
	[ "\$(cat $stack->{folder}/hang 2>/dev/null)" = "$name \$1" ] || return 0
	echo \$\$ >$stack->{folder}/reached/$name
	exec sleep 1000
}
case "$name \$*" in
postgres\\ --single* | initdb* | pg_*) ;;
*) exec $bindir/$name "\$@" ;;
esac
hang before
$bindir/$name "\$@" || exit
hang after
END
		chmod 0755, "$folder/$name";
	}
	for ([ 'mv', '*/data.new.*' ], [ 'rm', '-f\ */rewinding' ])
	{
		my ($name, $arguments) = @$_;
		LocalStack::write_file("$folder/$name", <<"END");
#!/bin/sh
case "\$*" in
$arguments)
	[ "\$(cat $stack->{folder}/hang 2>/dev/null)" != "$name before" ] || {
		echo \$\$ >$stack->{folder}/reached/$name
		exec sleep 1000
	}
	;;
esac
exec /bin/$name "\$@"
END
		chmod 0755, "$folder/$name";
	}
	mkdir "$stack->{folder}/reached" or die;
	chmod 01777, "$stack->{folder}/reached";
	my $text = LocalStack::slurp($stack->{config});
	$text =~ s/^(  data: .*)$/$1\n  bindir: $folder/m or die;
	LocalStack::write_file($stack->{config}, $text);
	$stack->{env}{START_TIMEOUT} = 4;
	return $stack;
}

sub hang_at
{
	my ($stack, $point) = @_;
	unlink glob "$stack->{folder}/reached/*";
	LocalStack::write_file("$stack->{folder}/hang", "$point\n");
	my ($name) = split / /, $point;
	my $pid = $stack->start("$stack->{folder}/output", 'stack', 'up', '-c', $stack->{config});
	ok(wait_until(60, sub { -s "$stack->{folder}/reached/$name" }), "a start hangs $point")
	  or diag LocalStack::slurp("$stack->{folder}/output");
	return $pid;
}

# The start script of a node: its session's leader.
sub scripts
{
	my ($stack) = @_;
	return grep { LocalStack::slurp("/proc/$_/comm") =~ /^init-/ } $stack->processes;
}

sub up_mends
{
	my ($stack, $primary) = @_;
	unlink "$stack->{folder}/hang";
	my ($status, undef, $err) = $stack->stack('up');
	is($status, 0, 'the next up succeeds') or diag $err;
	$stack->is_whole($primary, 'the cluster is whole');
	my @left = glob "$stack->{data}/*/data.* $stack->{data}/*/rewinding $stack->{data}/*/*.new";
	is("@left", '', 'nothing is left beside the data');
}

sub kill_at
{
	my ($stack, $point) = @_;
	my $pid = hang_at($stack, $point);
	kill 'KILL', $pid, scripts($stack);
	waitpid $pid, 0;
}

for my $point ('initdb before', 'initdb after', 'postgres after', 'mv before', 'pg_basebackup before',
	'pg_basebackup after')
{
	subtest "kill -9 $point" => sub {
		my $stack = new_stack();
		kill_at($stack, $point);
		up_mends($stack, 'primary');
	};
}

subtest 'kill -9 around pg_rewind' => sub {
	my $stack = new_stack();
	up_mends($stack, 'primary');
	my ($old, $new) = qw(primary replica1);
	for ([ 'pg_rewind before' ], [ 'pg_rewind after' ], [ 'pg_rewind after', 'down' ],
		[ 'rm before', 'mv before' ])
	{
		my ($point, $next) = @$_;
		$stack->sql($old, q{ALTER SYSTEM SET work_mem = '5MB'});
		$stack->stack('kill', 'replica2');
		$stack->stack('kill', $new);
		$stack->sql($old, 'SET synchronous_commit = local; CREATE TABLE only_here(); ');
		$stack->stack('kill', $old);
		$stack->stack('up', $new);
		is($stack->sql($new, 'SELECT pg_promote()'), 't', "$new is promoted");
		kill_at($stack, $point);
		is($stack->sql($new, "SELECT pg_is_in_recovery()"), 'f', 'there is a primary');
		kill_at($stack, $next) if ($next // '') =~ / /;
		$stack->stack('down') if ($next // '') eq 'down';
		up_mends($stack, $new);
		is($stack->sql($old, "SELECT to_regclass('only_here') IS NULL"), 't',
			'what only the old primary had is gone');
		is($stack->sql($old, 'SHOW work_mem'), '5MB', 'what ALTER SYSTEM said there is kept');
		$stack->sql($old, 'ALTER SYSTEM RESET work_mem');
		($old, $new) = ($new, $old);
	}
};

# By a start that was killed, or had no room.
subtest 'half a passfile' => sub {
	my $stack = new_stack();
	mkdir $stack->{data} or die;
	LocalStack::write_file("$stack->{data}/.pgwatch-tui-stack", '');
	LocalStack::write_file("$stack->{data}/passfile", "*:*:*:postgres:half\n*:*:*:replicator:ha");
	up_mends($stack, 'primary');
	like(LocalStack::slurp("$stack->{data}/passfile"), qr/^\*:\*:\*:replicator:\w{36}\n/m,
		'the password that was drawn is there');
	is(($stack->stack('down'))[0], 0, 'down');
	up_mends($stack, 'primary');
};

subtest 'interrupted and locked' => sub {
	my $stack = new_stack();
	my $pid = hang_at($stack, 'initdb before');
	my ($status, undef, $err) = $stack->stack('down');
	is($status, 2, 'a second operation at the same time is refused');
	like($err, qr/another pgwatch-tui \(process $pid\) is working on this stack/, '... and says why');
	kill 'INT', $pid;
	waitpid $pid, 0;
	is($? >> 8, 130, 'Ctrl-C ends it');
	like(LocalStack::slurp("$stack->{folder}/output"),
		qr/interrupted; left: primary not created, replica1 not created, replica2 not created/,
		'... and it says what is left');
	ok(wait_until(10, sub { !$stack->processes }), '... no process');
	up_mends($stack, 'primary');
};

subtest 'frozen while it starts' => sub {
	my $stack = new_stack();
	my $pid = hang_at($stack, 'pg_basebackup before');
	kill 'KILL', $pid;
	waitpid $pid, 0;
	is(($stack->stack('pause', 'replica1'))[0], 0, 'pause');
	is($stack->state_of('replica1'), 'paused', 'status says paused');
	my ($status, undef, $err) = $stack->stack('resume');
	is($status, 0, 'resume of all');
	is($err, "replica1: resumed\n", '... finds it');
	is($stack->state_of('replica1'), 'starting', 'it goes on');
	is(($stack->stack('pause', 'replica1'))[0], 0, 'pause again');
	($status) = $stack->stack('down');
	is($status, 0, 'down');
	ok(wait_until(10, sub { !$stack->processes }), '... leaves no process');
	up_mends($stack, 'primary');
};

# The servers' user has to pass through what root makes.
subtest 'the umask of who starts it' => sub {
	my $before = umask 077;
	my $stack = LocalStack->new;
	$stack->{data} .= '/below/it';
	my $text = LocalStack::slurp($stack->{config});
	$text =~ s/^(  data:) .*$/$1 $stack->{data}/m or die;
	LocalStack::write_file($stack->{config}, $text);
	my ($status, undef, $err) = $stack->stack('up');
	is($status, 0, 'up with umask 077') or diag $err;
	$stack->is_whole('primary', 'whole');
	SKIP: {
		skip 'who is not root runs the servers himself', 2 if $> != 0;
		is(($stack->stack('down'))[0], 0, 'down');
		chmod 0700, $stack->{data}; # as it was made once
		($status, undef, $err) = $stack->stack('up');
		is($status, 0, 'a folder that was closed is opened') or diag $err;
	}
	umask $before;
};

subtest 'a start that goes on without the one who began it' => sub {
	my $stack = new_stack();
	my $pid = hang_at($stack, 'pg_basebackup before');
	kill 'KILL', $pid;
	waitpid $pid, 0;
	is($stack->state_of('replica1'), 'starting', 'status shows it');
	$pid = $stack->start("$stack->{folder}/output", 'stack', 'up', '-c', $stack->{config});
	ok(wait_until(10, sub { -e "$stack->{data}/lock"
				&& LocalStack::slurp("$stack->{data}/lock") == $pid }), 'a second up waits for it');
	is(scalar(my @scripts = scripts($stack)), 2, '... and starts nothing twice');
	my ($status) = $stack->stack('kill', 'replica1');
	is($status, 2, 'one at a time');
	kill 'TERM', $pid;
	waitpid $pid, 0;
	is($? >> 8, 143, 'the second is ended');
	up_mends($stack, 'primary');
};

subtest 'what is waited for is said' => sub {
	my $stack = LocalStack->new;
	up_mends($stack, 'primary');
	$stack->sql('primary', 'ALTER SYSTEM SET synchronous_standby_names = nobody');
	$stack->sql('primary', 'SELECT pg_reload_conf()');
	my $pid = $stack->start("$stack->{folder}/output", 'stack', 'up', '-c', $stack->{config});
	ok(wait_until(30, sub {
				LocalStack::slurp("$stack->{folder}/output")
				  =~ /waiting for all to be healthy: 1 more standby must confirm commits\n/ }), 'it says what for')
	  or diag LocalStack::slurp("$stack->{folder}/output");
	$stack->sql('primary', 'ALTER SYSTEM RESET synchronous_standby_names');
	$stack->sql('primary', 'SELECT pg_reload_conf()');
	waitpid $pid, 0;
	is($?, 0, '... and goes on when it is there');
};

subtest 'a primary without its data makes no second cluster' => sub {
	my $stack = new_stack();
	up_mends($stack, 'primary');
	my $system = $stack->sql('primary', 'SELECT system_identifier FROM pg_control_system()');
	$stack->stack('down');
	$stack->{env}{START_TIMEOUT} = 9; # the standbys are up by then
	system 'rm', '-rf', "$stack->{data}/primary/data";
	my ($status, undef, $err) = $stack->stack('up');
	is($status, 2, 'up fails');
	like($err, qr/primary did not start: not started: it has no data/, '... and says why');
	like($err, qr/standbys: replica1 replica2; promote one/, '... and what to do');
	is($stack->sql('replica2', 'SELECT pg_promote()'), 't', 'a standby is promoted');
	up_mends($stack, 'replica2');
	is($stack->sql('primary', 'SELECT system_identifier FROM pg_control_system()'), $system,
		'it is the same cluster');
};

subtest 'a frozen node could be the primary' => sub {
	my $stack = new_stack();
	up_mends($stack, 'primary');
	$stack->stack('kill', 'primary');
	is($stack->sql('replica1', 'SELECT pg_promote()'), 't', 'replica1 is promoted');
	$stack->stack('pause', 'replica1');
	my ($status, undef, $err) = $stack->stack('up', 'primary');
	is($status, 2, 'the old primary does not start');
	like($err, qr/could be the primary: replica1/, '... and says because of whom');
	up_mends($stack, 'replica1');
};

done_testing();
