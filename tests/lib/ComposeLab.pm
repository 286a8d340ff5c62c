# ComposeLab: the cluster of docker-compose.yml for a test, on the real engine: a project, container
# names and ports of its own, so that it disturbs no cluster that is there. Everything of it is taken
# down and removed at the end, also when the test dies or is interrupted.
package ComposeLab;

use strict;
use warnings;

use Cwd qw(realpath);
use Exporter qw(import);
use File::Basename qw(basename dirname);
use File::Temp ();
use IO::Socket::INET;
use IPC::Run ();
use JSON::PP ();
use Test::More;
use Time::HiRes ();

our @EXPORT = qw(wait_until timed);
our $checkout = realpath(dirname(__FILE__) . '/../..');
our @nodes = qw(primary replica1 replica2);
my @labs;
my $empty_file = File::Temp->new('pgwatch-check-XXXXXX', TMPDIR => 1);

# Everything's name begins with it: the runner removes what a test that was killed has left.
my $prefix = $ENV{CHECK_COMPOSE_PREFIX} // "pgwatch-check-$$";

$SIG{$_} = sub { exit 130 } for qw(INT TERM HUP PIPE);
END
{
	my $status = $?;
	$SIG{$_} = 'IGNORE' for qw(INT TERM HUP PIPE);
	$_->destroy for @labs;
	$? = $status;
}

# The seconds are those of a machine that has nothing else to do: a condition that comes late is no
# failure here, only one that never comes.
sub wait_until
{
	my ($seconds, $condition) = @_;
	my $deadline = Time::HiRes::time() + ($seconds < 180 ? 180 : $seconds);
	my $result;
	until ($result = $condition->())
	{
		return $result if Time::HiRes::time() > $deadline;
		Time::HiRes::sleep(0.1);
	}
	return $result;
}

# Runs it, tells how long it took (also in the runner's list), and returns what it returned.
sub timed
{
	my ($what, $code) = @_;
	my $start = Time::HiRes::time();
	my $result = $code->();
	my $line = sprintf '%6.1f s  %s: %s', Time::HiRes::time() - $start, basename($0, '.t'), $what;
	note $line;
	if (defined $ENV{CHECK_COMPOSE_TIMES} && open my $times, '>>', $ENV{CHECK_COMPOSE_TIMES})
	{
		print $times "$line\n";
	}
	return $result;
}

# Below those that the kernel gives to outgoing connections: the port of a node that is stopped is free
# for a while, and somebody's connection could have it when the node is started again.
sub free_ports
{
	my (@ports, @sockets);
	for my $try (1 .. 1000)
	{
		return @ports if @ports == @_;
		my $port = 15000 + int rand 17000;
		my $socket = IO::Socket::INET->new(
			Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $port, Proto => 'tcp') // next;
		push @sockets, $socket;
		push @ports, $port;
	}
	die "no free port: $!\n";
}

# Options: command => [...] (of Compose), files => [...] (after docker-compose.yml), env => {...}.
# A file .env of this checkout has no say.
sub new
{
	my ($class, %options) = @_;
	my $project = $prefix . '-' . basename($0) =~ s/\W.*//r . (@labs ? scalar @labs : '');
	my %port;
	@port{@nodes} = free_ports(@nodes);
	my $self = bless { project => $project, port => \%port,
		command => $options{command} // [ 'docker', 'compose' ], env_file => $empty_file->filename,
		files => [ 'docker-compose.yml', @{ $options{files} // [] } ],
		env => { CONTAINER_PREFIX => "$project-", PRIMARY_PORT => $port{primary},
			REPLICA1_PORT => $port{replica1}, REPLICA2_PORT => $port{replica2},
			map({ $_ => "check-$_-secret" } qw(POSTGRES_PASSWORD REPLICATOR_PASSWORD PGWATCH_PASSWORD)),
			%{ $options{env} // {} } } }, $class;
	push @labs, $self;
	return $self;
}

# Runs a command to its end; its status, and what it wrote to stdout and stderr together.
sub run
{
	my ($self, @command) = @_;
	my $output = '';
	local @ENV{ keys %{ $self->{env} } } = values %{ $self->{env} };
	delete $ENV{$_} for grep { !defined $ENV{$_} } keys %{ $self->{env} };
	eval {
		IPC::Run::run(\@command, '<', \undef, '>&', \$output,
			init => sub { chdir $checkout }, IPC::Run::timeout(900));
		1;
	} or return (-1, "$output$@");
	return ($? >> 8, $output);
}

# Compose on this project. What it says is kept in {output}.
sub compose
{
	my ($self, @arguments) = @_;
	(my $status, $self->{output}) = $self->run(@{ $self->{command} }, '-p', $self->{project},
		'--env-file', $self->{env_file},
		map({ ('-f', $_) } @{ $self->{files} }), @arguments);
	return $status;
}

sub docker
{
	my ($self, @arguments) = @_;
	my ($status, $output) = $self->run('docker', @arguments);
	chomp $output;
	return $status == 0 ? $output : undef;
}

sub container
{
	my ($self, $node) = @_;
	return "$self->{project}-$node";
}

sub ok_compose
{
	my ($self, $what, @arguments) = @_;
	my $status = timed($what, sub { $self->compose(@arguments) });
	return is($status, 0, $what) || $self->tell_more;
}

# What helps when something failed.
sub tell_more
{
	my ($self) = @_;
	diag $self->{output};
	diag $self->docker('ps', '-a', '--filter', "name=$self->{project}-");
	diag $self->logs($_) =~ s/.*\n(?=(?:.*\n){15})//gr for @nodes;
	return 0;
}

sub logs
{
	my ($self, $node) = @_;
	return $self->docker('logs', $self->container($node)) // '';
}

sub log_has
{
	my ($self, $node, $pattern) = @_;
	return wait_until(60, sub { $self->logs($node) =~ $pattern });
}

# running, exited, paused, ... of a node's container; '' when there is none.
sub state_of
{
	my ($self, $node) = @_;
	return $self->docker('inspect', '-f', '{{.State.Status}}', $self->container($node)) // '';
}

sub health_of
{
	my ($self, $node) = @_;
	return $self->docker('inspect', '-f', '{{.State.Health.Status}}', $self->container($node)) // '';
}

# One value (or rows) from this machine, through the published port; undef when it fails.
# {error} says why.
sub sql
{
	my ($self, $node, $sql, %options) = @_;
	my ($out, $err) = ('', '');
	local $ENV{PGPASSWORD} = $options{password} // $self->{env}{POSTGRES_PASSWORD} // 'postgres';
	local $ENV{PGCONNECT_TIMEOUT} = 10;
	my $ok = eval {
		IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p',
				$self->{port}{$node}, '-U', $options{user} // 'postgres', '-d', 'postgres', '-c', $sql ],
			'<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout($options{timeout} // 120));
	};
	$self->{error} = $err . ($@ // '');
	chomp $out;
	return $ok ? $out : undef;
}

# $primary is one, both others are standbys that stream from it, and one of them is synchronous.
sub ok_whole
{
	my ($self, $primary, $what) = @_;
	my $rows = "SELECT pg_is_in_recovery(), count(*) FILTER (WHERE state = 'streaming'), "
	  . "count(*) FILTER (WHERE sync_state = 'sync') FROM pg_stat_replication";
	my $receiver = "SELECT pg_is_in_recovery() AND status = 'streaming' AND sender_host = '$primary' "
	  . 'FROM pg_stat_wal_receiver';
	my $answer = '';
	timed("until $what", sub {
		wait_until(90, sub {
			$answer = join ' ', map { $self->sql($_, $_ eq $primary ? $rows : $receiver) // '-' } @nodes;
			return $answer eq join ' ', map { $_ eq $primary ? 'f|2|1' : 't' } @nodes;
		});
	});
	return is($answer, join(' ', map { $_ eq $primary ? 'f|2|1' : 't' } @nodes), $what)
	  || $self->tell_more;
}

# A row that is written on the primary is on the others.
sub ok_row
{
	my ($self, $primary, $what) = @_;
	my $row = $what =~ s/'/''/gr;
	defined $self->sql($primary,
		"CREATE TABLE IF NOT EXISTS row_of_check (what text); INSERT INTO row_of_check VALUES ('$row')")
	  or return fail("$what: written") || diag $self->{error};
	my $count = sub {
		$self->sql($_[0], "SELECT count(*) FROM row_of_check WHERE what = '$row'") // $self->{error};
	};
	for my $node (grep { $_ ne $primary } @nodes)
	{
		wait_until(20, sub { $count->($node) eq '1' });
		is($count->($node), '1', "$what: the row is on $node");
	}
	return 1;
}

# The image asks for a volume too: without a name, it would be left behind by each `down`.
sub ok_volumes
{
	my ($self) = @_;
	for my $node (@nodes)
	{
		is($self->docker('inspect', '-f', '{{range .Mounts}}{{.Name}} {{.Destination}} {{end}}',
				$self->container($node)) =~ s{ /var/lib/postgresql/data }{}r =~ s/^\s+|\s+$//gr,
			"$self->{project}_$node /var/lib/postgresql", "$node has its own volume and no other");
	}
}

# How many rows ok_row has written so far are on this node.
sub rows
{
	my ($self, $node) = @_;
	return $self->sql($node, 'SELECT count(*) FROM row_of_check') // $self->{error};
}

# Names of what is left of this project.
sub left
{
	my ($self) = @_;
	my $project = $self->{project};
	return map { split /\n/, $self->docker(@$_) // 'docker failed' }
	  [ 'ps', '-a', '--filter', "name=^/?$project-", '--format', '{{.Names}}' ],
	  [ 'volume', 'ls', '-q', '--filter', "label=com.docker.compose.project=$project" ],
	  [ 'network', 'ls', '--filter', "label=com.docker.compose.project=$project", '--format', '{{.Name}}' ];
}

sub destroy
{
	my ($self) = @_;
	return if $self->{destroyed}++;
	$self->docker('unpause', $self->container($_)) for @nodes;
	$self->compose('kill');
	$self->compose('down', '--volumes', '--rmi', 'local', '--remove-orphans', '--timeout', '5');
}

1;
