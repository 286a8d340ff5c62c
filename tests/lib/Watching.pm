# Watching: descriptions of test clusters, `status` on them, and programs whose output is followed
# line by line. Use TestServers first.
package Watching;

use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use IPC::Run ();
use JSON::PP ();
use Patience ();
use POSIX ();
use Test::More;
use Time::HiRes ();

use TestServers;

our @EXPORT = qw(described node_line look node_of findings_of follow follow_by_file proxy);

# A flow mapping of the description, values quoted.
sub flow
{
	my %of = @_;
	return '{' . join(', ', map { "$_: '" . ($of{$_} =~ s/'/''/gr) . "'" } sort keys %of) . '}';
}

# The description's line of a server, reached over its Unix socket unless something else is said.
sub node_line
{
	my ($server, %more) = @_;
	my %of = (name => $server->name, host => $server->host, port => $server->port, %more);

	$of{port} =~ /^\d+$/ or delete $of{port};
	my $port = delete $of{port};
	delete $of{host} if exists $of{conninfo};
	my $line = flow(%of);
	$line =~ s/\}$/, port: $port}/ if defined $port && !exists $of{conninfo};
	return $line;
}

my $files = 0;

# Writes a description of these nodes (servers or lines) and returns its path.
sub described
{
	my ($nodes, %more) = @_;
	my $path = test_folder() . '/cluster-' . ++$files . '.yaml';
	my $connection = $more{connection} // { user => 'postgres', dbname => 'postgres' };

	open my $file, '>', $path or die "$path: $!\n";
	print $file "cluster: test\n";
	print $file "lab: true\n" if $more{lab};
	print $file 'connection: ' . flow(%$connection) . "\n" if %$connection;
	print $file "poll: {interval: $more{interval}, timeout: $more{timeout}}\n"
	  if defined $more{interval};
	print $file "probe: {$more{probe}}\n" if defined $more{probe};
	print $file "limits: {$more{limits}}\n" if defined $more{limits};
	print $file "nodes:\n", map { '  - ' . (ref $_ ? node_line($_) : $_) . "\n" } @$nodes;
	close $file or die "$path: $!\n";
	chmod 0600, $path;
	return $path;
}

# One `status --json`: { exit, data, out, err }.
sub look
{
	my ($config, %environment) = @_;
	my ($out, $err) = ('', '');
	local @ENV{ keys %environment } = values %environment;

	IPC::Run::run([ program(), 'status', '--json', $config ], '>', \$out, '2>', \$err);
	my $exit = $? >> 8;
	my $data = eval { JSON::PP->new->utf8->decode($out) };
	diag("no JSON: $out$err") if !defined $data && $exit < 64;
	return { exit => $exit, data => $data, out => $out, err => $err };
}

# The object of that node.
sub node_of
{
	my ($look, $name) = @_;
	my ($node) = grep { $_->{name} eq $name } @{ $look->{data}{nodes} };
	return $node // {};
}

# "rule" or "rule node" of each finding, sorted.
sub findings_of
{
	my ($look) = @_;
	return
	  join ', ', sort map { join ' ', grep { defined } $_->{rule}, $_->{node} }
	  @{ $look->{data}{findings} };
}

# Starts a program and follows what it prints.
sub follow
{
	my ($command, %environment) = @_;
	my $self = bless { lines => [], at => [], seen => 0, out => '', err => '' }, 'Watching::Follow';
	local @ENV{ keys %environment } = values %environment;

	$self->{run} = IPC::Run::start($command, '>', \$self->{out}, '2>', \$self->{err});
	return $self;
}

# The same through a file: the program never stands before a full pipe while the test does something
# else.
sub follow_by_file
{
	my ($command, %environment) = @_;
	my $path = test_folder() . '/followed-' . ++$files;
	my $self = bless { lines => [], at => [], seen => 0, out => '', err => '' }, 'Watching::Follow';
	local @ENV{ keys %environment } = values %environment;

	$self->{run} = IPC::Run::start($command, '>', $path, '2>', \$self->{err});
	open $self->{file}, '<', $path or die "$path: $!\n";
	return $self;
}

# Forwards one connection after the other, each way with a delay, in a child; its pid.
sub proxy
{
	my ($listener, $port, $delay) = @_;
	my $pid = fork() // die;
	return $pid if $pid;
	while (my $client = $listener->accept)
	{
		my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or last;
		my %to = ($client => $server, $server => $client);
		my $select = IO::Select->new($client, $server);
		my @queue;
	  RELAY: for (;;)
		{
			my $wait = @queue ? $queue[0][0] - Time::HiRes::time() : undef;
			foreach my $from ($select->can_read(defined $wait && $wait < 0 ? 0 : $wait))
			{
				sysread($from, my $data, 65536) or last RELAY;
				push @queue, [ Time::HiRes::time() + $delay, $to{$from}, $data ];
			}
			while (@queue && $queue[0][0] <= Time::HiRes::time())
			{
				my $item = shift @queue;
				syswrite $item->[1], $item->[2];
			}
		}
		close $_ for $client, $server;
	}
	POSIX::_exit(0);
}

package Watching::Follow;

use Test::More;

sub pump
{
	my ($self) = @_;
	eval { $self->{run}->pump_nb } if !$self->{ended};    # it would start it anew
	if (defined $self->{file})
	{
		seek $self->{file}, 0, 1;    # past the end that was there before
		local $/;
		$self->{out} .= readline($self->{file}) // '';
	}
	while ($self->{out} =~ s/^([^\n]*)\n//)
	{
		push @{ $self->{lines} }, $1;
		push @{ $self->{at} }, Time::HiRes::time();
	}
	return;
}

# Lines from here on are looked at by wait_for.
sub mark
{
	my ($self) = @_;
	$self->pump;
	$self->{seen} = @{ $self->{lines} };
	return;
}

# The next line that matches, or undef and a failed test. What comes after it is looked at next.
sub wait_for
{
	my ($self, $what, $pattern, $seconds) = @_;
	my $deadline = Time::HiRes::time() + Patience::patience($seconds // 30);

	for (;;)
	{
		$self->pump;
		while ($self->{seen} < @{ $self->{lines} })
		{
			my $index = $self->{seen}++;
			$self->{matched_at} = $self->{at}[$index];
			if ($self->{lines}[$index] =~ $pattern)
			{
				pass($what);
				return $self->{lines}[$index];
			}
		}
		last if Time::HiRes::time() > $deadline;
		Time::HiRes::sleep(0.005);
	}
	fail("$what: not in time");
	my @last = @{ $self->{lines} };
	splice @last, 0, -10 if @last > 10;
	diag(map { "    $_\n" } @last);
	diag($self->{err}) if $self->{err} ne '';
	return;
}

# Those since the mark that match.
sub lines_since
{
	my ($self, $index, $pattern) = @_;
	$self->pump;
	return grep { $_ =~ $pattern } @{ $self->{lines} }[ $index .. $#{ $self->{lines} } ];
}

sub count
{
	my ($self) = @_;
	$self->pump;
	return scalar @{ $self->{lines} };
}

sub pid
{
	my ($self) = @_;
	return $self->{run}{KIDS}[0]{PID};
}

# Its exit status.
sub stop
{
	my ($self, $signal) = @_;
	kill $signal // 'TERM', $self->pid;
	$self->{run}->finish;
	$self->{ended} = 1;
	$self->pump;
	return $self->{run}->result(0);
}

1;
