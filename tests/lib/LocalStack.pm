# LocalStack: a local stack of its own for a test: a folder under /tmp, ports that are free, a cluster
# description, and what a test asks of it. Works as root (the servers run as postgres then) and as an
# ordinary user. Everything is taken down and removed at the end, also when the test dies.
package LocalStack;

use strict;
use warnings;

use Cwd qw(realpath);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp ();
use IO::Socket::INET;
use IPC::Run ();
use JSON::PP ();
use Test::More ();
use Time::HiRes ();

our $checkout = realpath(dirname(__FILE__) . '/../..');
our $program = realpath($ENV{PGWATCH_TUI} // "$checkout/pgwatch-tui");
my @directories = (['primary', 'primary'], ['replica1', 'replica-one'], ['replica2', 'replica-two']);
my $bindir = (sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob '/usr/lib/postgresql/*/bin')[0];
chomp($bindir //= `pg_config --bindir`);

sub wait_until
{
	my ($seconds, $condition) = @_;
	my $deadline = Time::HiRes::time() + $seconds;
	my $result;
	until ($result = $condition->())
	{
		return $result if Time::HiRes::time() > $deadline;
		Time::HiRes::sleep(0.05);
	}
	return $result;
}

sub free_port
{
	my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', Proto => 'tcp')
	  or die "no free port: $!\n";
	return $socket->sockport;
}

# Options: lab => 0, password => text, files => { node => directory }
sub new
{
	my ($class, %options) = @_;
	my $folder = File::Temp::tempdir('pgwatch-stack-XXXXXX', TMPDIR => 1);
	chmod 0711, $folder;
	my $self = bless { folder => $folder, data => "$folder/data", config => "$folder/lab.yaml",
		ports => {}, owner => $$, env => { PGWATCH_FAST => 1, POSTGRES_PASSWORD => 'super:se\\cret' . int(rand 1e9) } }, $class;
	my $lab = $options{lab} // 1 ? "lab: true\n" : '';
	my $text = "cluster: test\n${lab}stack:\n  kind: local\n  data: $self->{data}\n"
	  . "connection: {user: pgwatch, dbname: postgres, password: '"
	  . ($options{password} // 'pg:wat\\ch') . "'}\npoll: {interval: 200ms, timeout: 3s}\nnodes:\n";
	for (@directories)
	{
		my ($name, $directory) = @$_;
		my $files = $options{files}{$name} // "$checkout/$directory";
		$self->{ports}{$name} = free_port();
		$text .= "  - {name: $name, host: 127.0.0.1, port: $self->{ports}{$name}, files: $files}\n";
	}
	write_file($self->{config}, $text);
	chmod 0600, $self->{config};
	return $self;
}

sub write_file
{
	my ($path, $text) = @_;
	open my $file, '>', $path or die "$path: $!\n";
	print $file $text;
	close $file or die "$path: $!\n";
}

sub slurp
{
	my ($path) = @_;
	open my $file, '<', $path or return '';
	local $/;
	return scalar <$file> // '';
}

# Runs the program; returns status, stdout, stderr. A status above 128 is a signal, as in a shell.
sub run
{
	my ($self, @arguments) = @_;
	my ($out, $err) = ('', '');
	local @ENV{ keys %{ $self->{env} } } = values %{ $self->{env} };
	my $harness = IPC::Run::start([ $program, @arguments ], '<', \undef, '>', \$out, '2>', \$err,
		IPC::Run::timeout(180));
	eval { $harness->finish; 1 } or do { $harness->kill_kill; die "@arguments: $@\n$err" };
	my $result = $harness->full_result(0);
	return ($result & 127 ? 128 + ($result & 127) : $result >> 8, $out, $err);
}

sub stack
{
	my ($self, @arguments) = @_;
	return $self->run('stack', '-c', $self->{config}, @arguments);
}

# In the background; returns the pid.
sub start
{
	my ($self, $output, @arguments) = @_;
	unlink $output;
	my $pid = fork() // die "fork: $!\n";
	return $pid if $pid;
	$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', $output;
	open STDERR, '>&', \*STDOUT;
	$ENV{$_} = $self->{env}{$_} for keys %{ $self->{env} };
	exec $program, @arguments or POSIX::_exit(127);
}

# state, pid, ... of each node by its name.
sub states
{
	my ($self) = @_;
	my (undef, $out) = $self->stack('status', '--json');
	return { map { $_->{name} => $_ } @{ JSON::PP::decode_json($out)->{nodes} } };
}

sub state_of
{
	my ($self, $node) = @_;
	return $self->states->{$node}{state};
}

# One value (or rows) by psql as the superuser; undef when it fails. $self->{error} says why.
sub sql
{
	my ($self, $node, $sql, %options) = @_;
	my ($out, $err) = ('', '');
	local $ENV{PGPASSFILE} = "$self->{data}/passfile";
	local $ENV{PGPASSWORD} = $options{password};
	delete $ENV{PGPASSWORD} unless defined $options{password};
	local $ENV{PGCONNECT_TIMEOUT} = 3;
	my $ok = eval {
		IPC::Run::run([ "$bindir/psql", '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p',
				$self->{ports}{$node}, '-U', $options{user} // 'postgres', '-d', 'postgres' ],
			'<', \$sql, '>', \$out, '2>', \$err, IPC::Run::timeout($options{timeout} // 20));
	};
	$self->{error} = $err . ($@ // '');
	chomp $out;
	return $ok ? $out : undef;
}

# Both standbys stream from the primary, which is one.
sub is_whole
{
	my ($self, $primary, $what) = @_;
	my $sql = "SELECT count(*) FILTER (WHERE state = 'streaming'), pg_is_in_recovery() "
	  . 'FROM pg_stat_replication';
	my $answer;
	wait_until(20, sub { ($answer = $self->sql($primary, $sql) // '') eq '2|f' });
	return Test::More::is($answer, '2|f', $what);
}

sub postmaster
{
	my ($self, $node) = @_;
	return (split /\n/, slurp("$self->{data}/$node/data/postmaster.pid"))[0];
}

sub log_of
{
	my ($self, $node) = @_;
	return slurp("$self->{data}/$node/log/server.log");
}

# Live processes (no zombies) that work in, or were told of, this stack's folder.
sub processes
{
	my ($self) = @_;
	my @found;
	for my $directory (glob '/proc/[0-9]*')
	{
		my ($pid) = $directory =~ /(\d+)/;
		next if $pid == $$ || slurp("$directory/stat") =~ /\) [ZX] /;
		my $text = join "\0", readlink("$directory/cwd") // '', slurp("$directory/environ"),
		  slurp("$directory/cmdline");
		push @found, $pid if index($text, $self->{folder}) >= 0;
	}
	return @found;
}

sub DESTROY
{
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $@);
	kill 'KILL', $self->processes;
	wait_until(10, sub { !$self->processes });
	if ($ENV{KEEP_FOLDER}) { print STDERR "# kept $self->{folder}\n" }
	else { remove_tree($self->{folder}, { safe => 0, error => \my $ignored }) }
}

$SIG{PIPE} = 'IGNORE'; # psql may end before it has read its input

# A test that is interrupted cleans up as one that dies does.
$SIG{$_} //= sub { exit 130 }
  for qw(INT TERM HUP);

1;
